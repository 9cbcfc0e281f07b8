"""Drawing of the demo scenes: a background, and lit bodies that cast a shadow on it.

Canvases are float64 (3, H, W), roughly in [0, 1]. Only operations that IEEE 754 rounds exactly are
used, so that a scene has the same pixels on every machine.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ssimball.datasets.demo.shapes import OUTLINES
from ssimball.datasets.demo.textures import Array, Pattern, between, soft_step, value_noise

# Half the side of a square, in radii, that contains every outline with its shadow.
_REACH = 1.45


@dataclass(frozen=True)
class Body:
    """A shape on the canvas.

    Attributes:
        shape: its name in ``OUTLINES``.
        x: column of its centre, in pixels.
        y: row of its centre, in pixels.
        radius: its radius, in pixels.
        turn: cosine and sine of the angle by which it is turned.
    """

    shape: str
    x: float
    y: float
    radius: float
    turn: tuple[float, float]


@dataclass(frozen=True)
class Light:
    """A light.

    Attributes:
        x: horizontal part of the direction towards the light, a unit vector in the image plane.
        y: vertical part of that direction.
        strength: relative change of brightness over the image.
    """

    x: float
    y: float
    strength: float


def paint_background(rng: np.random.Generator, size: int, light: Light) -> Array:
    """Return three colours mixed by multi-scale noise, rough in some regions, smooth in others.

    Args:
        rng: source of all random numbers.
        size: side of the square canvas, in pixels.
        light: the light that shades it.

    Returns:
        The canvas, float64 (3, size, size).
    """
    shape = (size, size)
    coarse = 0.6 * value_noise(rng, shape, between(rng, 50.0, 110.0))
    coarse += 0.4 * value_noise(rng, shape, between(rng, 20.0, 40.0))
    if rng.random() < 0.5:
        # Folding the noise turns its level lines into ridges.
        coarse = np.abs(2.0 * coarse - 1.0)
    roughness = soft_step(value_noise(rng, shape, between(rng, 40.0, 90.0)) - 0.5, 2.2)
    fine = between(rng, 0.4, 0.8) * (value_noise(rng, shape, between(rng, 6.0, 12.0)) - 0.5)
    fine += between(rng, 0.3, 0.7) * (value_noise(rng, shape, between(rng, 2.2, 4.5)) - 0.5)
    mix = soft_step(coarse - 0.5 + fine * (0.1 + roughness), 1.3)
    tint = soft_step(value_noise(rng, shape, between(rng, 30.0, 80.0)) - 0.5, 2.0)
    colours = _muted(0.08 + 0.84 * rng.random((3, 3, 1, 1)))
    canvas = colours[0] + (colours[1] - colours[0]) * mix
    canvas += (colours[2] - canvas) * (0.5 * tint)
    axis = (np.arange(size) + 0.5) / size - 0.5
    shading = light.x * axis[None, :] + light.y * axis[:, None]
    return np.asarray(canvas * (1.0 + light.strength * shading) + 0.15 * fine * roughness)


def _muted(colours: Array) -> Array:
    """Return colours half way to grey; ``colours`` is (3 colours, RGB, 1, 1)."""
    grey = (colours[:, 0] + colours[:, 1] + colours[:, 2]) / 3.0
    return np.asarray(0.5 * (colours + grey[:, None]))


def paint_body(
    canvas: Array, body: Body, pattern: Pattern, light: Light, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Draw a body with its shadow on a canvas, in place.

    Args:
        canvas: float64 (3, H, W).
        body: what to draw.
        pattern: texture of its surface.
        light: the light that shades it and casts its shadow.
        rng: source of all random numbers.

    Returns:
        bool (H, W), true where the body covers at least half a pixel.
    """
    size = canvas.shape[1]
    rows, columns = _span(body.y, body.radius, size), _span(body.x, body.radius, size)
    window = canvas[:, rows, columns]
    centres: Array = np.arange(size, dtype=np.float64) + 0.5
    dx, dy = centres[None, columns] - body.x, centres[rows, None] - body.y

    drop = 0.09 * body.radius
    shadow = _distance(body, dx + drop * light.x, dy + drop * light.y)
    window *= 1.0 - 0.5 * soft_step(-shadow, 1.0 / (0.16 * body.radius))

    distance = _distance(body, dx, dy)
    x, y = _local(body, dx, dy)
    surface = _surface(pattern(x, y, rng), rng) * _shading(distance, dx, dy, body.radius, light)
    cover = soft_step(-distance, 1.0)
    window += (surface - window) * cover

    covered = np.zeros((size, size), dtype=np.bool_)
    covered[rows, columns] = cover >= 0.5
    return covered


def _span(centre: float, radius: float, size: int) -> slice:
    reach = _REACH * radius
    return slice(max(int(centre - reach), 0), min(int(centre + reach) + 1, size))


def _local(body: Body, dx: Array, dy: Array) -> tuple[Array, Array]:
    cos, sin = body.turn
    return cos * dx + sin * dy, cos * dy - sin * dx


def _distance(body: Body, dx: Array, dy: Array) -> Array:
    x, y = _local(body, dx, dy)
    return OUTLINES[body.shape](x / body.radius, y / body.radius) * body.radius


def _surface(value: Array, rng: np.random.Generator) -> Array:
    """Return a dark and a light random colour mixed by the pattern, with wear; (3, h, w)."""
    dark, bright = 0.04 + 0.4 * rng.random((3, 1, 1)), 0.55 + 0.42 * rng.random((3, 1, 1))
    if rng.random() < 0.5:
        dark, bright = bright, dark
    shape = (value.shape[0], value.shape[1])
    wear = value_noise(rng, shape, 30.0) + 0.5 * value_noise(rng, shape, 5.0)
    return np.asarray((dark + (bright - dark) * value) * (0.8 + 0.25 * wear))


def _shading(distance: Array, dx: Array, dy: Array, radius: float, light: Light) -> Array:
    """Return the brightness of a pillow-shaped body, highest at the rim that faces the light."""
    facing = (light.x * dx + light.y * dy) / radius
    rim = np.clip(1.0 + distance / (0.25 * radius), 0.0, 1.0)
    return 1.0 + light.strength * facing * (0.35 + 0.65 * rim)
