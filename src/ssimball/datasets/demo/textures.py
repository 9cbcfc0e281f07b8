"""Noise and surface patterns of the demo scenes, with values in [0, 1].

Patterns take coordinates in pixels. Only operations that IEEE 754 rounds exactly are used (no sine,
no exponential), so that a scene has the same pixels on every machine.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Pattern = Callable[[Array, Array, np.random.Generator], Array]


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """Draw uniformly from [low, high)."""
    # Not Generator.uniform, which may use a fused multiply-add.
    return low + (high - low) * float(rng.random())


def rotation(rng: np.random.Generator) -> tuple[float, float]:
    """Return cosine and sine of a random angle, from the rational points of the circle."""
    t = between(rng, -1.0, 1.0)
    cos, sin = (1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t)
    return (cos, sin) if rng.random() < 0.5 else (-cos, -sin)


def soft_step(x: Array, gain: float) -> Array:
    """Return a linear ramp of slope ``gain`` through (0, 1/2), clipped to [0, 1]."""
    return np.clip(x * gain + 0.5, 0.0, 1.0)


def value_noise(rng: np.random.Generator, shape: tuple[int, int], cell: float) -> Array:
    """Return random values on a grid, with smoothstep interpolation between them.

    Args:
        rng: source of all random numbers.
        shape: (H, W) of the result.
        cell: distance of grid points, in pixels.

    Returns:
        float64 (H, W) in [0, 1].
    """
    rows, row_weight = _grid_axis(rng, shape[0], cell)
    columns, column_weight = _grid_axis(rng, shape[1], cell)
    grid = rng.random((int(rows[-1]) + 2, int(columns[-1]) + 2))
    wide = grid[:, columns] + (grid[:, columns + 1] - grid[:, columns]) * column_weight
    upper = wide[rows]
    return upper + (wide[rows + 1] - upper) * row_weight[:, None]


def _grid_axis(
    rng: np.random.Generator, length: int, cell: float
) -> tuple[NDArray[np.intp], Array]:
    position = (np.arange(length) + 0.5) / cell + float(rng.random())
    start = np.floor(position)
    t = position - start
    return start.astype(np.intp), t * t * (3.0 - 2.0 * t)


def _wave(x: Array) -> Array:
    """Return a triangle wave of period 1 between -1/2 and 1/2."""
    return np.abs(2.0 * (x - np.floor(x)) - 1.0) - 0.5


def _turned(x: Array, y: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return coordinates with a random rotation and offset."""
    cos, sin = rotation(rng)
    shift_x, shift_y = between(rng, 0.0, 50.0), between(rng, 0.0, 50.0)
    return cos * x - sin * y + shift_x, sin * x + cos * y + shift_y


def _stripes(x: Array, y: Array, rng: np.random.Generator) -> Array:
    u, _ = _turned(x, y, rng)
    return soft_step(_wave(u / between(rng, 12.0, 20.0)), 5.0)


def _checks(x: Array, y: Array, rng: np.random.Generator) -> Array:
    u, v = _turned(x, y, rng)
    period = between(rng, 22.0, 32.0)
    return soft_step(_wave(u / period) * _wave(v / period), 25.0)


def _dots(x: Array, y: Array, rng: np.random.Generator) -> Array:
    u, v = _turned(x, y, rng)
    period = between(rng, 13.0, 19.0)
    row = np.floor(v / period)
    across, along = u / period + 0.5 * row, v / period - row - 0.5
    across = across - np.floor(across) - 0.5
    return soft_step(0.3 - np.sqrt(across * across + along * along), 8.0)


def _rings(x: Array, y: Array, rng: np.random.Generator) -> Array:
    u, v = x - between(rng, -8.0, 8.0), y - between(rng, -8.0, 8.0)
    period = between(rng, 11.0, 17.0)
    return soft_step(_wave(np.sqrt(u * u + v * v) / period + between(rng, 0.0, 1.0)), 4.0)


def _zigzag(x: Array, y: Array, rng: np.random.Generator) -> Array:
    u, v = _turned(x, y, rng)
    period = between(rng, 13.0, 18.0)
    return soft_step(_wave(u / period + 1.3 * _wave(v / (1.8 * period))), 4.0)


def _bricks(x: Array, y: Array, rng: np.random.Generator) -> Array:
    u, v = _turned(x, y, rng)
    height = between(rng, 10.0, 14.0)
    row = np.floor(v / height)
    joint = np.minimum(0.5 - np.abs(v / height - row - 0.5), _brick_end(u, row, height))
    return soft_step(joint - 0.14, 10.0)


def _brick_end(u: Array, row: Array, height: float) -> Array:
    """Return the distance to the nearest upright joint; bricks are 2.2 brick heights long."""
    along = u / (2.2 * height) + 0.5 * row
    return (0.5 - np.abs(along - np.floor(along) - 0.5)) * 2.2


def _rays(x: Array, y: Array, rng: np.random.Generator) -> Array:
    u, v = x - between(rng, -5.0, 5.0), y - between(rng, -5.0, 5.0)
    quarter = v / (np.abs(u) + np.abs(v) + 1e-9)
    turn = 0.25 * np.where(u < 0.0, 2.0 - quarter, quarter)
    return soft_step(_wave(turn * float(rng.integers(7, 11)) + between(rng, 0.0, 1.0)), 4.0)


def _scales(x: Array, y: Array, rng: np.random.Generator) -> Array:
    u, v = _turned(x, y, rng)
    period = between(rng, 17.0, 24.0)
    value = np.zeros_like(u)
    row = np.floor(2.0 * v / period)
    # Each scale is a disk drawn over the scales of the rows behind it.
    for behind in (2.0, 1.0, 0.0):
        shifted = u / period + 0.5 * (row - behind)
        across = shifted - np.floor(shifted) - 0.5
        along = v / period - 0.5 * (row - behind)
        radius = np.sqrt(across * across + along * along)
        value = np.where(radius < 0.56, np.clip(1.5 - 2.6 * radius, 0.0, 1.0), value)
    return value


def _marble(x: Array, y: Array, rng: np.random.Generator) -> Array:
    u, _ = _turned(x, y, rng)
    shape = (x.shape[0], x.shape[1])
    swirl = value_noise(rng, shape, 26.0) + 0.4 * value_noise(rng, shape, 11.0)
    vein = np.abs(_wave(u / between(rng, 34.0, 50.0) + 2.2 * swirl)) * 2.0
    return np.sqrt(vein)


def _cracks(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """Return Voronoi cells of a jittered grid in different shades, with dark gaps between them."""
    u, v = _turned(x, y, rng)
    cell = between(rng, 17.0, 24.0)
    u, v = u / cell, v / cell
    column, row = np.floor(u), np.floor(v)
    jitter = rng.random((3, 16, 16))
    first, second, shade = np.full_like(u, 9.0), np.full_like(u, 9.0), np.zeros_like(u)
    for step_row in (-1, 0, 1):
        for step_column in (-1, 0, 1):
            c, r = column + step_column, row + step_row
            # The grid repeats every 16 cells, which is wider than any object.
            index = (r.astype(np.intp) & 15, c.astype(np.intp) & 15)
            du, dv = c + jitter[0][index] - u, r + jitter[1][index] - v
            distance = np.sqrt(du * du + dv * dv)
            nearer = distance < first
            second = np.where(nearer, first, np.minimum(second, distance))
            shade = np.where(nearer, jitter[2][index], shade)
            first = np.where(nearer, distance, first)
    return soft_step(second - first - 0.14, 9.0) * (0.55 + 0.45 * shade)


def plain(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """Return one random shade throughout."""
    return np.full_like(x, rng.random())


def blotches(x: Array, y: Array, rng: np.random.Generator) -> Array:
    """Return value noise at two scales."""
    shape = (x.shape[0], x.shape[1])
    return 0.6 * value_noise(rng, shape, 14.0) + 0.4 * value_noise(rng, shape, 4.0)


PATTERNS: dict[str, Pattern] = {
    "striped": _stripes,
    "checked": _checks,
    "dotted": _dots,
    "ringed": _rings,
    "zigzag": _zigzag,
    "bricked": _bricks,
    "rayed": _rays,
    "scaly": _scales,
    "marbled": _marble,
    "cracked": _cracks,
}
"""Pattern of each class, called with two arrays (H, W) of coordinates in pixels."""
