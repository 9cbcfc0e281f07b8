"""What is exact about one image, compiled for the CPU: its quadratic, rounding, certificate.

The same in float64 as :class:`ssimball.ball.ball.Ball` with model Q,
:func:`~ssimball.ball.feasible.round_into_box` and
:func:`~ssimball.ball.certificate.quadratic_bounds` for a batch in torch, which stay the definition
and check what is stored. Here a row does all its steps while it is in the nearest
cache, and threads take an image each; in torch the same takes five times as long.
"""

from typing import Any, NamedTuple

import numpy as np

from ssimball.runtime.compilation import compiled, strictly
from ssimball.ssim.filters import Floats, filter_columns, filter_row
from ssimball.ssim.index import C1, C2


class Quadratic(NamedTuple):
    """An image's ball.

    Attributes:
        x: the image, (C, H, W).
        cap: on |d|, at most 1.
        diagonal: W'a, (C, H, W).
        weight: b - a, (C, h, w), at every position of stride 1; 0 where there is no window.
    """

    x: Floats
    cap: float
    diagonal: Floats
    weight: Floats


@compiled
def quadratic_of(x: Floats, cap: float, taps: tuple[float, ...], stride: int) -> Quadratic:
    """The ball around ``x`` (C, H, W)."""
    border, (channels, height, width) = len(taps) - 1, x.shape
    diagonal = np.empty_like(x)
    weight = np.zeros((channels, height - border, width - border))
    padded, spread = np.zeros(width + border), np.zeros((height + border, width))
    row, mean, second = np.empty(width), np.empty(width - border), np.empty(width - border)
    a = padded[border:width]
    for c in range(channels):
        squares = x[c] * x[c]
        for i in range(0, height - border, stride):
            filter_columns(x[c], i, taps, row)
            filter_row(row, taps, mean)
            filter_columns(squares, i, taps, row)
            filter_row(row, taps, second)
            _weigh(mean, second, stride, a, weight[c, i])
            filter_row(padded, taps, spread[i + border])
        for i in range(height):
            filter_columns(spread, i, taps, diagonal[c, i])
    return Quadratic(x, cap, diagonal, weight)


@compiled
def _weigh(mean: Floats, second: Floats, stride: int, a: Floats, weight: Floats) -> None:
    """One row of a and of b - a from W x and W(x²)."""
    for j in range(a.shape[0]):
        squared = mean[j] * mean[j]
        a[j] = 1 / (2 * max(second[j] - squared, 0.0) + C2)
        weight[j] = 1 / (2 * squared + C1) - a[j]
    if stride > 1:
        for j in range(a.shape[0]):
            if j % stride:
                a[j] = weight[j] = 0


@compiled
def bounds(
    ball: Quadratic, g: Floats, d: Floats, nu: float, taps: tuple[float, ...]
) -> tuple[float, float, float]:
    """<g, d>, <d, A d>, and the most that g - nu A d can gain in the box.

    Args:
        g, d: float32, (C, H, W).
    """
    border, (channels, height, width) = len(taps) - 1, ball.x.shape
    padded, spread = np.zeros(width + border), np.zeros((height + border, width))
    row, mean, plane = np.empty(width), padded[border:width], np.empty((height, width))
    primal = quadratic = box = 0.0
    for c in range(channels):
        plane[:] = d[c]
        for i in range(height):
            if i < height - border:
                filter_columns(plane, i, taps, row)
                filter_row(row, taps, mean)
                for j in range(mean.shape[0]):
                    mean[j] *= ball.weight[c, i, j]
                filter_row(padded, taps, spread[i + border])
            filter_columns(spread, i, taps, row)
            own = ball.diagonal[c, i], plane[i], g[c, i], ball.x[c, i]
            sums = _bounds_row(row, *own, nu, ball.cap)
            primal, quadratic, box = primal + sums[0], quadratic + sums[1], box + sums[2]
    return primal, quadratic, box


@compiled
def _bounds_row(
    a_d: Floats, diagonal: Floats, d: Floats, g: Floats, x: Floats, nu: float, cap: float
) -> tuple[float, float, float]:
    primal = quadratic = box = 0.0
    for j in range(d.shape[0]):
        whole = a_d[j] + diagonal[j] * d[j]
        rest = g[j] - nu * whole
        primal += g[j] * d[j]
        quadratic += whole * d[j]
        box += max(rest * max(-x[j], -cap), rest * min(1 - x[j], cap))
    return primal, quadratic, box


@strictly
def round_into_box(ball: Quadratic, moving: Floats, at: int, scale: float, out: Floats) -> None:
    """``scale`` times ``d`` as float32 values that the box holds.

    Args:
        moving: d at its rows ``at``, (C, H, 5, at least W).
        out: float32 (C, H, W).
    """
    bits: Any = out.view(np.int32)
    for c in range(out.shape[0]):
        for i in range(out.shape[1]):
            _clip_row(moving[c, i, at], scale, ball.x[c, i], ball.cap, out[c, i])
            _shorten_row(ball.x[c, i], ball.cap, out[c, i], bits[c, i])


@strictly
def _clip_row(d: Floats, scale: float, x: Floats, cap: float, out: Floats) -> None:
    for j in range(out.shape[0]):
        out[j] = min(max(scale * d[j], max(-x[j], -cap)), min(1 - x[j], cap))


@strictly
def _shorten_row(x: Floats, cap: float, out: Floats, bits: Floats) -> None:
    """The next number towards 0, which is one less in bits, where rounding has left the box."""
    for j in range(out.shape[0]):
        bits[j] -= (out[j] > min(1 - x[j], cap)) | (out[j] < max(-x[j], -cap))
