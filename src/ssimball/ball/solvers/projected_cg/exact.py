"""What is exact about one image, compiled for the CPU: its quadratic, rounding, certificate.

These are the float64 computations of :class:`ssimball.ball.ball.Ball` with model Q,
:func:`~ssimball.ball.feasible.round_into_box` and
:func:`~ssimball.ball.certificate.quadratic_bounds`. The torch versions for a batch remain the
definition and check what is stored. Here a row goes through all its steps while it is in the
nearest cache, and each thread takes an image; in torch the same takes five times as long.
"""

from typing import Any, NamedTuple

import numpy as np

from ssimball.runtime.compilation import (
    njit_entry,
    njit_entry_strict,
    njit_fast,
    njit_strict,
)
from ssimball.ssim.filters import (
    Floats,
    filter_columns,
    filter_row,
    mean_row,
    mirror_ends,
    mirror_row,
)
from ssimball.ssim.index import C1, C2
from ssimball.ssim.windows import Window


class Quadratic(NamedTuple):
    """The ball of one image, and arrays for intermediate results.

    Attributes:
        x: the image, (C, H, W).
        cap: on |d|, at most 1, and 0 outside a region, (H, W).
        diagonal: W'a, (C, H, W).
        weight: b - a, (C, h, w), at every position of stride 1; 0 where there is no window.
        margin: number of mirrored pixels around the image.
        plane: a channel, (H, W).
        row: one row of it with its margin, (W + 2 margin,).
        padded: one row at the positions of windows with what lies around it, (W + border,): zeros,
            or its mirror image.
        spread: rows of the adjoint mean with what lies around them, (H + border, W).
    """

    x: Floats
    cap: Floats
    diagonal: Floats
    weight: Floats
    margin: int
    plane: Floats
    row: Floats
    padded: Floats
    spread: Floats


def quadratic_of(x: Floats, cap: Floats, window: Window) -> Quadratic:
    """Return the ball around ``x``, float64 (C, H, W), with a cap of each pixel, (H, W)."""
    border, margin, (channels, height, width) = window.size - 1, window.margin, x.shape
    zeros = border - 2 * margin
    ball = Quadratic(
        x,
        cap,
        np.empty_like(x),
        np.zeros((channels, height - zeros, width - zeros)),
        margin,
        np.empty((height, width)),
        np.empty(width + 2 * margin),
        np.zeros(width + border),
        np.zeros((height + border, width)),
    )
    _set_weights(ball, window.taps, window.stride)
    return ball


@njit_entry
def _set_weights(ball: Quadratic, taps: tuple[float, ...], stride: int) -> None:
    """Compute ``diagonal`` and ``weight``."""
    x, _, diagonal, weight, margin, squares, row, padded, spread = ball
    first, (channels, height, width) = len(taps) - 1 - margin, x.shape
    a = padded[first : first + weight.shape[2]]
    for c in range(channels):
        for i in range(height):
            for j in range(width):
                squares[i, j] = x[c, i, j] * x[c, i, j]
        for i in range(0, weight.shape[1], stride):
            # Means of x and x² first lie where the results will.
            mean, second = weight[c, i], a
            mean_row(x[c], i, taps, margin, row, mean)
            mean_row(squares, i, taps, margin, row, second)
            _weights_row(mean, second, stride)
            mirror_ends(padded, margin, width)
            filter_row(padded, taps, spread[i + first])
            mirror_row(spread, i, margin)
        for i in range(height):
            filter_columns(spread, i, taps, diagonal[c, i])


@njit_fast
def _weights_row(mean: Floats, second: Floats, stride: int) -> None:
    """Turn a row of W x and W(x²) into b - a and a."""
    for j in range(mean.shape[0]):
        squared = mean[j] * mean[j]
        a = 1 / (2 * max(second[j] - squared, 0.0) + C2)
        second[j], mean[j] = a, 1 / (2 * squared + C1) - a
    if stride > 1:
        for j in range(mean.shape[0]):
            if j % stride:
                mean[j] = second[j] = 0


@njit_entry
def bounds(
    ball: Quadratic, g: Floats, d: Floats, nu: float, taps: tuple[float, ...]
) -> tuple[float, float, float]:
    """Compute the terms of the primal value and of the dual bound.

    Args:
        ball: of the image.
        g: the objective, float32 (C, H, W).
        d: the perturbation, float32 (C, H, W).
        nu: multiplier of the quadratic.
        taps: of the window, float64.

    Returns:
        <g, d>, <d, A d>, and the most that g - nu A d can gain in the box.
    """
    x, cap, _, _, margin, plane, row, _, spread = ball
    channels, height, width = x.shape
    a_d = row[:width]
    primal = quadratic = box = 0.0
    for c in range(channels):
        for i in range(height):
            for j in range(width):
                plane[i, j] = d[c, i, j]
        for i in range(height):
            # Rows of windows run ahead by the margin.
            for k in range(0 if i == 0 else i + margin, min(i + margin + 1, ball.weight.shape[1])):
                _spread_row(ball, c, k, taps)
            filter_columns(spread, i, taps, a_d)
            arrays = ball.diagonal[c, i], plane[i], g[c, i], x[c, i]
            sums = _bounds_row(a_d, *arrays, cap[i], nu)
            primal, quadratic, box = primal + sums[0], quadratic + sums[1], box + sums[2]
    return primal, quadratic, box


@njit_fast
def _spread_row(ball: Quadratic, c: int, i: int, taps: tuple[float, ...]) -> None:
    """Spread row ``i`` of the weighted means of ``ball.plane`` along the row."""
    _, _, _, weight, margin, plane, row, padded, spread = ball
    first = len(taps) - 1 - margin
    mean = padded[first : first + weight.shape[2]]
    mean_row(plane, i, taps, margin, row, mean)
    for j in range(mean.shape[0]):
        mean[j] *= weight[c, i, j]
    mirror_ends(padded, margin, plane.shape[1])
    filter_row(padded, taps, spread[i + first])
    mirror_row(spread, i, margin)


@njit_fast
def _bounds_row(
    a_d: Floats, diagonal: Floats, d: Floats, g: Floats, x: Floats, cap: Floats, nu: float
) -> tuple[float, float, float]:
    primal = quadratic = box = 0.0
    for j in range(d.shape[0]):
        whole = a_d[j] + diagonal[j] * d[j]
        remainder = g[j] - nu * whole
        primal += g[j] * d[j]
        quadratic += whole * d[j]
        box += max(remainder * max(-x[j], -cap[j]), remainder * min(1 - x[j], cap[j]))
    return primal, quadratic, box


@njit_entry_strict
def round_into_box(ball: Quadratic, moving: Floats, at: int, scale: float, out: Floats) -> None:
    """Compute ``scale`` times d as float32 values that lie in the box.

    Args:
        ball: of the image.
        moving: holds d at its rows ``at``, (C, H, 3, at least W).
        at: index of d on the third axis of ``moving``.
        scale: factor of d.
        out: float32 (C, H, W).
    """
    bits: Any = out.view(np.int32)
    for c in range(out.shape[0]):
        for i in range(out.shape[1]):
            _clip_row(moving[c, i, at], scale, ball.x[c, i], ball.cap[i], out[c, i])
            _shorten_row(ball.x[c, i], ball.cap[i], out[c, i], bits[c, i])


@njit_strict
def _clip_row(d: Floats, scale: float, x: Floats, cap: Floats, out: Floats) -> None:
    for j in range(out.shape[0]):
        out[j] = min(max(scale * d[j], max(-x[j], -cap[j])), min(1 - x[j], cap[j]))


@njit_strict
def _shorten_row(x: Floats, cap: Floats, out: Floats, bits: Floats) -> None:
    """Step to the next float32 towards 0, one less in bits, where rounding has left the box."""
    for j in range(out.shape[0]):
        bits[j] -= (out[j] > min(1 - x[j], cap[j])) | (out[j] < max(-x[j], -cap[j]))
