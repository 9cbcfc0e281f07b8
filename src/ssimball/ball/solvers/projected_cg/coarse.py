"""The preconditioner's coarse grids, compiled for the CPU."""

from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from ssimball.ball.solvers.projected_cg.preconditioner import (
    LAST_ROUNDS,
    SMOOTHING,
    STEPS,
    axis_weights,
    grids_of,
    interpolation,
)
from ssimball.ball.solvers.projected_cg.rows import add_scaled
from ssimball.runtime.compilation import njit_entry, njit_fast
from ssimball.ssim.filters import Floats
from ssimball.ssim.windows import Window

#: Order of the coefficients of a stencil.
DIAGONAL, INVERSE, DOWN, RIGHT = range(4)
#: Order of the values on a coarse grid: the residual, its correction, and a temporary one.
GIVEN, CORRECTION, CHANGE = range(3)
#: The usual number of fine nodes that a coarse node reaches; its loop is unrolled.
USUAL_REACH = 8


class Axis(NamedTuple):
    """Linear interpolation along one axis, from m coarse nodes to n fine ones.

    The first and the last node of a coarse grid are zeros around it, so that its stencil needs no
    exception at the border.

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
    grids: list[Any] = []
    for step in STEPS:
        around = 1 if grids else 0
        grids.append(tuple(_axis(side, step, around, dtype) for side in (height, width)))
        height, width = (len(axis.weights) - 2 for axis in grids[-1])
    return tuple(grids)


def _axis(side: int, step: int, around: int, dtype: np.dtype[Any]) -> Axis:
    """Return the interpolation to ``side`` nodes that have ``around`` zeros at both ends."""
    matrix = np.pad(interpolation(side, step).numpy().astype(dtype), ((around, around), (1, 1)))
    n, m = matrix.shape
    low = (matrix > 0).argmax(1)
    padded = np.pad(matrix, ((0, 0), (0, 1)))
    fine = np.arange(n)
    reach = int((matrix > 0).sum(0).max())
    # All lists of weights are as long as the longest; the last ones start early so as to end at n.
    first = np.minimum((matrix > 0).argmax(0), n - reach)
    weights = np.stack([matrix[first[j] : first[j] + reach, j] for j in range(m)])
    return Axis(low, padded[fine, low], padded[fine, low + 1], first, weights)


class Projection(NamedTuple):
    """:class:`~.preconditioner.AxisWeights` of both axes.

    Attributes:
        rows: weights of pixels along the height, (H, m).
        columns: weights of pixels along the width, (W, m').
        rows_of_means: weights of windowed means along the height, (h, m).
        columns_of_means: weights of windowed means along the width, (w, m').
    """

    rows: Floats
    columns: Floats
    rows_of_means: Floats
    columns_of_means: Floats


@lru_cache(maxsize=16)
def projection(height: int, width: int, window: Window, dtype: torch.dtype) -> Projection:
    """Return the first coarse grid, for windows at every position of stride 1."""
    options = (window.unstrided, dtype, torch.device("cpu"))
    rows, columns = axis_weights(height, *options), axis_weights(width, *options)
    parts = (rows.down, columns.down, rows.means, columns.means)
    return Projection(*(part.numpy() for part in parts))


def stencils(
    diagonal: Floats, weight: Floats, projection: Projection, window: Window
) -> tuple[Floats, ...]:
    """Compute ``preconditioner.coarse_grids`` for one image, independently of its batch.

    Args:
        diagonal: of the ball, (C, H, W).
        weight: of the ball, (C, h, w) at every position of stride 1.
        projection: from :func:`projection`.
        window: of the ball.

    Returns:
        For each grid the diagonal, its inverse, and the entries to the node below and to the
        right, with zeros around the grid: (C, 4, m + 2, m' + 2).
    """
    a = _project(diagonal, projection.rows, projection.columns)
    b = a + _project(weight, projection.rows_of_means, projection.columns_of_means)
    size = (diagonal.shape[1], diagonal.shape[2])
    grids = grids_of(torch.from_numpy(a), torch.from_numpy(b), size, window)
    out: list[Floats] = []
    for grid in grids:
        channels, m, n = grid.inverse.shape
        stencil = np.zeros((channels, 4, m + 2, n + 2), diagonal.dtype)
        stencil[:, DIAGONAL, 1:-1, 1:-1] = 1 / grid.inverse
        stencil[:, INVERSE, 1:-1, 1:-1] = grid.inverse
        stencil[:, DOWN, 1:-2, 1:-1] = grid.down
        stencil[:, RIGHT, 1:-1, 1:-2] = grid.right
        out.append(stencil)
    return tuple(out)


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
    """Restrict row ``i`` of the finer grid, ``x`` (n',): add it to ``out`` (m, n')."""
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
    """Interpolate along the rows of ``x`` (m, m') to ``out`` (m, at least n').

    The rest of ``out`` stays as it is.
    """
    last = x.shape[1] - 1
    for i in range(x.shape[0]):
        for j in range(columns.low.shape[0]):
            low = columns.low[j]
            out[i, j] = columns.near[j] * x[i, low] + columns.far[j] * x[i, min(low + 1, last)]


@njit_fast
def coarse_correction(workspace: Any, transfers: Any, stencils: Any, c: int) -> None:
    """Turn a residual on the first coarse grid into the correction by all coarse grids: a V-cycle.

    Args:
        workspace: its first grid holds the residual and receives the correction.
        transfers: interpolation between the grids.
        stencils: from :func:`stencils`.
        c: index of the channel.
    """
    last = len(stencils) - 1
    for level in range(last + 1):
        grid, stencil = workspace.grids[level], stencils[level][c]
        grid[CORRECTION] = 0
        if level == last:
            for _ in range(LAST_ROUNDS):
                _smooth(grid, stencil, 0)
                _smooth(grid, stencil, 1)
                _smooth(grid, stencil, 1)
                _smooth(grid, stencil, 0)
        else:
            _smooth(grid, stencil, 0)
            _smooth(grid, stencil, 1)
            _residual(grid, stencil)
            coarser = workspace.grids[level + 1][GIVEN]
            _restrict(grid[CHANGE], transfers[level + 1], workspace.grid_rows[level], coarser)
    for level in range(last - 1, -1, -1):
        grid, stencil = workspace.grids[level], stencils[level][c]
        coarser = workspace.grids[level + 1][CORRECTION]
        rows = workspace.grid_rows[level]
        _add_prolonged(coarser, transfers[level + 1], rows, grid[CORRECTION])
        _smooth(grid, stencil, 1)
        _smooth(grid, stencil, 0)


@njit_fast
def _smooth(grid: Floats, stencil: Floats, step: int) -> None:
    """Correct each node by what its own equation lacks, times a length."""
    _residual(grid, stencil)
    length: Any = grid.dtype.type(SMOOTHING[step])
    for i in range(grid.shape[1]):
        _smooth_row(grid[CORRECTION, i], stencil[INVERSE, i], grid[CHANGE, i], length)


@njit_fast
def _smooth_row(y: Floats, inverse: Floats, residual: Floats, length: float) -> None:
    for j in range(y.shape[0]):
        y[j] += length * inverse[j] * residual[j]


@njit_fast
def _residual(grid: Floats, stencil: Floats) -> None:
    """Compute what the equations of a grid lack, in ``grid[CHANGE]``."""
    r, y, out = grid[GIVEN], grid[CORRECTION], grid[CHANGE]
    for i in range(1, y.shape[0] - 1):
        above, below = stencil[DOWN, i - 1], stencil[DOWN, i]
        _add_vertical(r[i], y[i - 1], y[i + 1], above, below, out[i])
        _add_horizontal(y[i], stencil[DIAGONAL, i], stencil[RIGHT, i], out[i])


@njit_fast
def _add_vertical(
    r: Floats, before: Floats, after: Floats, above: Floats, below: Floats, out: Floats
) -> None:
    for j in range(out.shape[0]):
        out[j] = r[j] + above[j] * before[j] + below[j] * after[j]


@njit_fast
def _add_horizontal(y: Floats, diagonal: Floats, right: Floats, out: Floats) -> None:
    for j in range(out.shape[0] - 2):
        out[j + 1] += right[j] * y[j] + right[j + 1] * y[j + 2] - diagonal[j + 1] * y[j + 1]


@njit_fast
def _restrict(x: Floats, transfer: Any, coarse_rows: Floats, out: Floats) -> None:
    """Restrict a grid (n, n') to the coarser one (m, m')."""
    rows, columns = transfer
    coarse_rows[:] = 0
    for i in range(x.shape[0]):
        add_row(x[i], i, rows, coarse_rows)
    restrict_rows(coarse_rows, columns, out)


@njit_fast
def _add_prolonged(x: Floats, transfer: Any, coarse_rows: Floats, out: Floats) -> None:
    """Interpolate a grid (m, m') and add it to the finer one (n, n')."""
    rows, columns = transfer
    prolong_rows(x, columns, coarse_rows)
    for i in range(out.shape[0]):
        low, near, far = rows.low[i], rows.near[i], rows.far[i]
        for j in range(out.shape[1]):
            out[i, j] += near * coarse_rows[low, j] + far * coarse_rows[low + 1, j]
