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
    along,
    interpolation,
)
from ssimball.ball.solvers.projected_cg.rows import add
from ssimball.runtime.compilation import compiled
from ssimball.ssim.filters import Floats
from ssimball.ssim.windows import Window


class Axis(NamedTuple):
    """Linear interpolation along one axis, from m nodes to n.

    Attributes:
        low: the first of the two nodes around each fine one, (n,).
        near, far: weights of that node and of the next, (n,); a node too many counts 0.
        first: the first fine node that each coarse one reaches, (m,).
        weights: of the fine nodes from there on, (m, reach).
    """

    low: NDArray[np.int64]
    near: Floats
    far: Floats
    first: NDArray[np.int64]
    weights: Floats


@lru_cache(maxsize=16)
def axes(height: int, width: int, dtype: np.dtype[Any]) -> tuple[tuple[Axis, Axis], ...]:
    """Rows and columns of each coarse grid."""
    found: list[tuple[Axis, Axis]] = []
    for step in STEPS:
        found.append((_axis(height, step, dtype), _axis(width, step, dtype)))
        height, width = found[-1][0].weights.shape[0], found[-1][1].weights.shape[0]
    return tuple(found)


def _axis(side: int, step: int, dtype: np.dtype[Any]) -> Axis:
    matrix = interpolation(side, step).numpy().astype(dtype)
    n, m = matrix.shape
    low = (matrix > 0).argmax(1)
    padded = np.pad(matrix, ((0, 0), (0, 1)))
    fine = np.arange(n)
    reach = int((matrix > 0).sum(0).max())
    # Every list of weights is as long as the longest; the last ones begin early to end at n.
    first = np.minimum((matrix > 0).argmax(0), n - reach)
    weights = np.stack([matrix[first[j] : first[j] + reach, j] for j in range(m)])
    return Axis(low, padded[fine, low], padded[fine, low + 1], first, weights)


class Squares(NamedTuple):
    """``AxisWeights`` of :mod:`~ssimball.ball.solvers.projected_cg.preconditioner`, both axes."""

    rows: Floats
    columns: Floats
    rows_of_means: Floats
    columns_of_means: Floats


@lru_cache(maxsize=16)
def squares(
    height: int, width: int, taps: tuple[float, ...], dtype: torch.dtype
) -> tuple[Squares, ...]:
    """Of each coarse grid, for weights at every position of stride 1."""
    kind = (Window(taps), dtype, torch.device("cpu"))
    return tuple(
        Squares(
            rows.squares.numpy(),
            columns.squares.numpy(),
            rows.squares_of_means.numpy(),
            columns.squares_of_means.numpy(),
        )
        for rows, columns in zip(along(height, *kind), along(width, *kind), strict=True)
    )


@compiled
def inverses(diagonal: Floats, weight: Floats, squares: Any) -> tuple[Floats, Floats, Floats]:
    """``preconditioner.coarse_grids`` for one image, whatever its batch.

    Args:
        diagonal, weight: of the ball, (C, H, W) and (C, h, w) at every position of stride 1.

    Returns:
        An array (C, m, m') for each grid.
    """
    first = _inverse(diagonal, weight, squares[0])
    return first, _inverse(diagonal, weight, squares[1]), _inverse(diagonal, weight, squares[2])


@compiled
def _inverse(diagonal: Floats, weight: Floats, squares: Squares) -> Floats:
    own = _project(diagonal, squares.rows, squares.columns)
    own += _project(weight, squares.rows_of_means, squares.columns_of_means)
    share, least = own.dtype.type(SHARE), own.dtype.type(LEAST)
    return share / np.maximum(own, least)


@compiled
def _project(x: Floats, rows: Floats, columns: Floats) -> Floats:
    """(C, h, w) to (C, m, m') by weights (h, m) and (w, m')."""
    out = np.empty((x.shape[0], rows.shape[1], columns.shape[1]), x.dtype)
    for c in range(x.shape[0]):
        half = _combine_rows(x[c], rows).T.copy()
        out[c] = _combine_rows(half, columns).T
    return out


@compiled
def _combine_rows(x: Floats, weights: Floats) -> Floats:
    out = np.zeros((weights.shape[1], x.shape[1]), x.dtype)
    for i in range(x.shape[0]):
        for k in range(weights.shape[1]):
            if weights[i, k] != 0:
                add(out[k], weights[i, k], x[i])
    return out


@compiled
def add_row(x: Floats, i: int, rows: Axis, out: Floats) -> None:
    """Row ``i`` of the finer grid, ``x`` (n',), into the rows (m + 1, n') of the coarser one."""
    low, near, far = rows.low[i], rows.near[i], rows.far[i]
    for j in range(x.shape[0]):
        out[low, j] += near * x[j]
        out[low + 1, j] += far * x[j]


@compiled
def restrict_rows(x: Floats, columns: Axis, out: Floats) -> None:
    """Along the rows of ``x`` (at least m, n'): ``out`` (m, m') of the coarser grid."""
    reach = columns.weights.shape[1]
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            first, total = columns.first[j], x[i, 0] * 0
            if reach == 8:  # for the compiler, which unrolls the loop: the usual number
                for k in range(8):
                    total += columns.weights[j, k] * x[i, first + k]
            else:
                for k in range(reach):
                    total += columns.weights[j, k] * x[i, first + k]
            out[i, j] = total


@compiled
def prolong_rows(x: Floats, columns: Axis, out: Floats) -> None:
    """Along the rows of ``x`` (m, m'): ``out`` (m + 1, at least n'); the rest stays as it is."""
    last = x.shape[1] - 1
    for i in range(x.shape[0]):
        for j in range(columns.low.shape[0]):
            low = columns.low[j]
            out[i, j] = columns.near[j] * x[i, low] + columns.far[j] * x[i, min(low + 1, last)]


@compiled
def correct(nodes: Any, transfers: Any, inverses: Any, channel: int) -> None:
    """A residual on the first coarse grid, ``nodes[0]``, becomes the correction by all of them.

    ``nodes``: an array (m, m') for each grid; those of the coarser ones are overwritten.
    """
    last = len(nodes) - 1
    for level in range(last):
        rows, columns = transfers[level + 1]
        partly = np.zeros((nodes[level + 1].shape[0] + 1, nodes[level].shape[1]), nodes[0].dtype)
        for i in range(nodes[level].shape[0]):
            add_row(nodes[level][i], i, rows, partly)
        restrict_rows(partly, columns, nodes[level + 1])
    for level in range(last, -1, -1):
        nodes[level][:] *= inverses[level][channel]
        if level < last:
            _add_prolonged(nodes[level + 1], transfers[level + 1], nodes[level])


@compiled
def _add_prolonged(x: Floats, transfer: Any, out: Floats) -> None:
    """Interpolated from a grid (m, m') and added to the finer one (n, n')."""
    rows, columns = transfer
    partly = np.zeros((x.shape[0] + 1, out.shape[1]), x.dtype)
    prolong_rows(x, columns, partly)
    for i in range(out.shape[0]):
        low, near, far = rows.low[i], rows.near[i], rows.far[i]
        for j in range(out.shape[1]):
            out[i, j] += near * partly[low, j] + far * partly[low + 1, j]
