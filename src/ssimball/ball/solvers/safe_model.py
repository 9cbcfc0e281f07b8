"""Model S of one image at a perturbation, compiled for the CPU in float64.

A row goes through all its steps while it is in the nearest cache. The formulas are those of
:class:`ssimball.ball.ball.Ball` and :mod:`ssimball.ball.lagrangian`, which remain the definition
and check what is stored.
"""

from typing import NamedTuple

import numpy as np

from ssimball.runtime.compilation import njit_entry, njit_fast
from ssimball.ssim.compiled_ssim import Array
from ssimball.ssim.filters import (
    Floats,
    copy_row,
    filter_columns,
    filter_row,
    mirror_ends,
    mirror_row,
)
from ssimball.ssim.index import C1, C2


class SafeModel(NamedTuple):
    """What all evaluations on one image share; planes of windows are at stride 1.

    Attributes:
        x: the image, (C, H, W).
        cap: on |d|, at most 1, and 0 outside a region, (H, W).
        mean: of x in each window, (C, h, w).
        variance: of x in each window, (C, h, w).
        counts: 1 for each window of the ball, and 0 between them, (h, w).
        diagonal: W'a of model Q, (C, H, W).
        weight: b - a of model Q, (C, h, w); 0 where ``counts`` is 0.
        margin: number of mirrored pixels around the image.
    """

    x: Array
    cap: Array
    mean: Array
    variance: Array
    counts: Array
    diagonal: Floats
    weight: Floats
    margin: int


class Sums(NamedTuple):
    """The numbers that :func:`evaluate` computes.

    Attributes:
        undefined: number of windows in which a denominator is not positive.
        distance: F(d), the sum that the constraint bounds; wrong where the model is undefined.
        bent: F(d) - <grad F(d), d> / 2.
        primal: <g, d>.
        quadratic: <d, A d>.
        box: the most that g - nu grad F(d) / 2 can gain in the box.
    """

    undefined: int
    distance: float
    bent: float
    primal: float
    quadratic: float
    box: float


class Workspace(NamedTuple):
    """Arrays for intermediate results.

    Attributes:
        padded: rows of weights with what lies around them, (4, W + border): zeros, or their mirror
            image.
        row: (W,).
        a: a of one row, (w,).
        b: b of one row, (w,).
        spread: weights spread along the rows with what lies around them, (4, H + border, W).
    """

    padded: Array
    row: Array
    a: Array
    b: Array
    spread: Array


def workspace_for(model: SafeModel) -> Workspace:
    """Return the workspace for one image."""
    (height, width), windows = model.x.shape[1:], model.mean.shape[2]
    border = width - windows + 2 * model.margin
    rows = np.zeros((4, width + border)), np.empty(width), np.empty(windows), np.empty(windows)
    return Workspace(*rows, np.zeros((4, height + border, width)))


@njit_entry
def evaluate(
    model: SafeModel,
    moments: tuple[Array, Array, Array],
    g: Floats,
    d: Floats,
    nu: float,
    taps: tuple[float, ...],
    workspace: Workspace,
    half_gradient: Floats,
    a_d: Floats,
) -> Sums:
    """Compute the terms of the dual bound at ``d``, grad F(d) / 2, and A d of model Q.

    Args:
        model: of the image.
        moments: mean and variance of d in each window, and its covariance with x, (C, h, w) each.
        g: the objective, (C, H, W).
        d: the perturbation, (C, H, W).
        nu: multiplier of the constraint.
        taps: of the window.
        workspace: for the image.
        half_gradient: receives grad F(d) / 2, (C, H, W).
        a_d: receives A d, (C, H, W).
    """
    row, spread = workspace.row, workspace.spread
    undefined, distance, bent, primal, quadratic, box = 0, 0.0, 0.0, 0.0, 0.0, 0.0
    for c in range(len(d)):
        sums = _spread_windows(model, moments, c, taps, workspace)
        undefined, distance, bent = undefined + sums[0], distance + sums[1], bent + sums[2]
        for i in range(d.shape[1]):
            _gradient_row(spread, i, taps, d[c, i], model.x[c, i], row, half_gradient[c, i])
            filter_columns(spread[3], i, taps, a_d[c, i])
            quadratic += _apply_row(model.diagonal[c, i], d[c, i], a_d[c, i])
            arrays = g[c, i], d[c, i], half_gradient[c, i], model.x[c, i]
            gains = _box_row(*arrays, model.cap[i], nu)
            primal, box = primal + gains[0], box + gains[1]
    return Sums(undefined, distance, bent, primal, quadratic, box)


@njit_fast
def _spread_windows(
    model: SafeModel,
    moments: tuple[Array, Array, Array],
    c: int,
    taps: tuple[float, ...],
    workspace: Workspace,
) -> tuple[int, float, float]:
    """Spread the weights of a channel's windows along the rows.

    Returns:
        The channel's part of the first three :class:`Sums`.
    """
    padded, _, a, b, spread = workspace
    first, width = len(taps) - 1 - model.margin, spread.shape[2]
    last = first + model.mean.shape[2]
    undefined, distance, bent = 0, 0.0, 0.0
    for i in range(model.mean.shape[1]):
        mu, s2, counts = model.mean[c, i], model.variance[c, i], model.counts[i]
        m, variance, covariance = moments[0][c, i], moments[1][c, i], moments[2][c, i]
        sums = _weights_row(mu, s2, m, variance, covariance, counts, a, b)
        undefined, distance = undefined + sums[0], distance + sums[1]
        # A slice of one row is contiguous.
        image, mean = padded[1, first:last], padded[2, first:last]
        bent += _fields_row(mu, m, variance, covariance, a, b, image, mean)
        copy_row(a, padded[0, first:last])
        _product_row(model.weight[c, i], m, padded[3, first:last])
        for k in range(4):
            mirror_ends(padded[k], model.margin, width)
            filter_row(padded[k], taps, spread[k, i + first])
            mirror_row(spread[k], i, model.margin)
    return undefined, distance, bent


@njit_fast
def _weights_row(
    mu: Floats,
    s2: Floats,
    m: Floats,
    variance: Floats,
    covariance: Floats,
    counts: Floats,
    a: Floats,
    b: Floats,
) -> tuple[int, float]:
    """Compute one row of a and b; return the windows that are undefined, and the row's part of F.

    Where the model is undefined a and b are large numbers.
    """
    undefined, distance = 0, 0.0
    for j in range(a.shape[0]):
        structure = 2 * (s2[j] + covariance[j]) + C2
        luminance = 2 * mu[j] * (mu[j] + m[j]) + C1
        undefined += (counts[j] > 0) & ((structure <= 0) | (luminance <= 0))
        a[j] = counts[j] / max(structure, 1e-12)
        b[j] = counts[j] / max(luminance, 1e-12)
        distance += a[j] * max(variance[j], 0.0) + b[j] * m[j] * m[j]
    return undefined, distance


@njit_fast
def _fields_row(
    mu: Floats,
    m: Floats,
    variance: Floats,
    covariance: Floats,
    a: Floats,
    b: Floats,
    image: Floats,
    mean: Floats,
) -> float:
    """Compute one row of the weights of -x and of 1 in grad F / 2; return its part of bent."""
    bent = 0.0
    for j in range(m.shape[0]):
        of_image = a[j] * a[j] * max(variance[j], 0.0)
        of_luminance = b[j] * b[j] * m[j] * m[j]
        image[j] = of_image
        mean[j] = (b[j] - a[j]) * m[j] + (of_image - of_luminance) * mu[j]
        bent += of_image * covariance[j] + of_luminance * m[j] * mu[j]
    return bent


@njit_fast
def _product_row(x: Floats, y: Floats, out: Floats) -> None:
    for j in range(out.shape[0]):
        out[j] = x[j] * y[j]


@njit_fast
def _gradient_row(
    spread: Floats,
    i: int,
    taps: tuple[float, ...],
    d: Floats,
    x: Floats,
    row: Floats,
    out: Floats,
) -> None:
    """Compute row ``i`` of grad F / 2 from the weights spread along the rows."""
    filter_columns(spread[2], i, taps, out)
    filter_columns(spread[0], i, taps, row)
    for j in range(out.shape[0]):
        out[j] += row[j] * d[j]
    filter_columns(spread[1], i, taps, row)
    for j in range(out.shape[0]):
        out[j] -= row[j] * x[j]


@njit_fast
def _apply_row(diagonal: Floats, d: Floats, a_d: Floats) -> float:
    """Add the diagonal part to one row of A d; return the row's part of <d, A d>."""
    total = 0.0
    for j in range(d.shape[0]):
        a_d[j] += diagonal[j] * d[j]
        total += a_d[j] * d[j]
    return total


@njit_fast
def _box_row(
    g: Floats, d: Floats, half_gradient: Floats, x: Floats, cap: Floats, nu: float
) -> tuple[float, float]:
    """Return one row's part of <g, d>, and of the most that the remainder can gain in the box."""
    primal = box = 0.0
    for j in range(d.shape[0]):
        remainder = g[j] - nu * half_gradient[j]
        primal += g[j] * d[j]
        box += max(remainder * max(-x[j], -cap[j]), remainder * min(1 - x[j], cap[j]))
    return primal, box
