"""The preconditioner's coarse grids, compiled for the CPU."""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ssimball.ball.solvers.projected_cg.preconditioner import (
    LEAST,
    SHARE,
    STEPS,
    axis_weights,
    interpolation,
)
from ssimball.ball.solvers.projected_cg.rows import add_scaled
from ssimball.runtime.compilation import njit_entry, njit_fast
from ssimball.ssim.filters import Floats
from ssimball.ssim.windows import Window

#: The usual number of fine nodes that a coarse node reaches; its loop is unrolled.
USUAL_REACH = 8


class Axis(NamedTuple):
    """Linear interpolation along one axis, from m coarse nodes to n fine ones.

    Attributes:
        low: first of the two coarse nodes around each fine one, (n,).
        near: weight of that node, (n,).
        far: weight of the node after it, (n,); 0 past the last node.
        first: first fine node that each coarse one reaches, (m,).
        weights: of the fine nodes from there on, (m, reach).
    """

    low: NDArray[np.int64]
    near: Floats
    far: Floats
    first: NDArray[np.int64]
    weights: Floats


#: Rows and columns of each coarse grid.
Transfers = tuple[tuple[Axis, Axis], ...]


@lru_cache(maxsize=16)
def axes(height: int, width: int, dtype: np.dtype[Any]) -> Transfers:
    """Return the interpolation of rows and columns for each coarse grid."""
    grids: list[tuple[Axis, Axis]] = []
    for step in STEPS:
        grids.append((_axis(height, step, dtype), _axis(width, step, dtype)))
        height, width = grids[-1][0].weights.shape[0], grids[-1][1].weights.shape[0]
    return tuple(grids)


def _axis(side: int, step: int, dtype: np.dtype[Any]) -> Axis:
    matrix = interpolation(side, step).numpy().astype(dtype)
    n, m = matrix.shape
    low = (matrix > 0).argmax(1)
    padded = np.pad(matrix, ((0, 0), (0, 1)))
    fine = np.arange(n)
    reach = int((matrix > 0).sum(0).max())
    # All lists of weights are as long as the longest; the last ones start early so as to end at n.
    first = np.minimum((matrix > 0).argmax(0), n - reach)
    weights = np.stack([matrix[first[j] : first[j] + reach, j] for j in range(m)])
    return Axis(low, padded[fine, low], padded[fine, low + 1], first, weights)


class Squares(NamedTuple):
    """:class:`~.preconditioner.AxisWeights` of both axes, for one coarse grid.

    Attributes:
        rows: squared weights of pixels along the height, (H, m).
        columns: squared weights of pixels along the width, (W, m').
        rows_of_means: squared weights of windowed means along the height, (h, m).
        columns_of_means: squared weights of windowed means along the width, (w, m').
    """

    rows: Floats
    columns: Floats
    rows_of_means: Floats
    columns_of_means: Floats


@lru_cache(maxsize=16)
def squares(
    height: int, width: int, taps: tuple[float, ...], dtype: torch.dtype
) -> tuple[Squares, ...]:
    """Return the squared weights of each coarse grid, for windows at every position of stride 1."""
    options = (Window(taps), dtype, torch.device("cpu"))
    both = zip(axis_weights(height, *options), axis_weights(width, *options), strict=True)
    return tuple(
        Squares(
            rows.squares.numpy(),
            columns.squares.numpy(),
            rows.squares_of_means.numpy(),
            columns.squares_of_means.numpy(),
        )
        for rows, columns in both
    )


def inverses(diagonal: Floats, weight: Floats, squares: tuple[Squares, ...]) -> tuple[Floats, ...]:
    """Compute ``preconditioner.coarse_grids`` for one image, independently of its batch.

    Args:
        diagonal: of the ball, (C, H, W).
        weight: of the ball, (C, h, w) at every position of stride 1.
        squares: from :func:`squares`.

    Returns:
        An array (C, m, m') for each grid.
    """
    return tuple(_inverse(diagonal, weight, grid) for grid in squares)


def _inverse(diagonal: Floats, weight: Floats, squares: Squares) -> Floats:
    projected = _project(diagonal, squares.rows, squares.columns)
    projected += _project(weight, squares.rows_of_means, squares.columns_of_means)
    inverse: Floats = SHARE / np.maximum(projected, LEAST)
    return inverse


def _project(x: Floats, rows: Floats, columns: Floats) -> Floats:
    """Project (C, h, w) to (C, m, m') by weights (h, m) and (w, m')."""
    half = _combine_rows(x, rows).transpose(0, 2, 1)
    both = _combine_rows(np.ascontiguousarray(half), columns).transpose(0, 2, 1)
    return np.ascontiguousarray(both)


def _combine_rows(x: Floats, weights: Floats) -> Floats:
    """Return the sums of the rows of ``x`` (C, h, w) by each column of weights (h, m)."""
    out = np.zeros((x.shape[0], weights.shape[1], x.shape[2]), x.dtype)
    _add_rows(x, weights, out)
    return out


@njit_entry
def _add_rows(x: Floats, weights: Floats, out: Floats) -> None:
    for c in range(x.shape[0]):
        for i in range(x.shape[1]):
            for k in range(weights.shape[1]):
                if weights[i, k] != 0:
                    add_scaled(out[c, k], weights[i, k], x[c, i])


@njit_fast
def add_row(x: Floats, i: int, rows: Axis, out: Floats) -> None:
    """Restrict row ``i`` of the finer grid, ``x`` (n',): add it to ``out`` (m + 1, n')."""
    low, near, far = rows.low[i], rows.near[i], rows.far[i]
    for j in range(x.shape[0]):
        out[low, j] += near * x[j]
        out[low + 1, j] += far * x[j]


@njit_fast
def restrict_rows(x: Floats, columns: Axis, out: Floats) -> None:
    """Restrict along the rows of ``x`` (at least m, n') to ``out`` (m, m') of the coarser grid."""
    reach = columns.weights.shape[1]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            first, total = columns.first[j], x[i, 0] * 0
            if reach == USUAL_REACH:
                for k in range(USUAL_REACH):
                    total += columns.weights[j, k] * x[i, first + k]
            else:
                for k in range(reach):
                    total += columns.weights[j, k] * x[i, first + k]
            out[i, j] = total


@njit_fast
def prolong_rows(x: Floats, columns: Axis, out: Floats) -> None:
    """Interpolate along the rows of ``x`` (m, m') to ``out`` (m + 1, at least n').

    The rest of ``out`` stays as it is.
    """
    last = x.shape[1] - 1
    for i in range(x.shape[0]):
        for j in range(columns.low.shape[0]):
            low = columns.low[j]
            out[i, j] = columns.near[j] * x[i, low] + columns.far[j] * x[i, min(low + 1, last)]


@njit_fast
def coarse_correction(workspace: Any, transfers: Any, inverses: Any, c: int) -> None:
    """Turn a residual on the first coarse grid into the correction by all coarse grids.

    Args:
        workspace: its first grid holds the residual and receives the correction; the others, and
            the rows between them, are overwritten.
        transfers: interpolation between the grids.
        inverses: from :func:`inverses`.
        c: index of the channel.
    """
    first, second, third = workspace.grids
    rows, coarser_rows = workspace.grid_rows
    _restrict(first, transfers[1], rows, second)
    _restrict(second, transfers[2], coarser_rows, third)
    _scale(third, inverses[2][c])
    _scale(second, inverses[1][c])
    _add_prolonged(third, transfers[2], coarser_rows, second)
    _scale(first, inverses[0][c])
    _add_prolonged(second, transfers[1], rows, first)


@njit_fast
def _restrict(x: Floats, transfer: Any, coarse_rows: Floats, out: Floats) -> None:
    """Restrict a grid (n, n') to the coarser one (m, m')."""
    rows, columns = transfer
    coarse_rows[:] = 0
    for i in range(x.shape[0]):
        add_row(x[i], i, rows, coarse_rows)
    restrict_rows(coarse_rows, columns, out)


@njit_fast
def _scale(x: Floats, factors: Floats) -> None:
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            x[i, j] *= factors[i, j]


@njit_fast
def _add_prolonged(x: Floats, transfer: Any, coarse_rows: Floats, out: Floats) -> None:
    """Interpolate a grid (m, m') and add it to the finer one (n, n')."""
    rows, columns = transfer
    prolong_rows(x, columns, coarse_rows)
    coarse_rows[-1] = 0
    for i in range(out.shape[0]):
        low, near, far = rows.low[i], rows.near[i], rows.far[i]
        for j in range(out.shape[1]):
            out[i, j] += near * coarse_rows[low, j] + far * coarse_rows[low + 1, j]
