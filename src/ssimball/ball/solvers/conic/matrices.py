"""Sparse matrices of the conic models: the window operator and banded factors."""

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from ssimball.ssim.windows import Window

Floats = NDArray[np.float64]
#: A pivot below this share of its diagonal entry is rounding: the matrix is singular there.
SINGULAR = 1e-13


def axis_operator(side: int, window: Window) -> sp.csr_array:
    """Return W along an axis of ``side`` pixels as a matrix (positions, side).

    Each row has ``window.size`` neighbouring entries; where windows reflect, some of them are 0.
    """
    size, dense = window.size, window.matrix(side)
    starts = np.minimum((dense > 0).argmax(1), side - size)
    columns = starts[:, None] + np.arange(size)
    rows = np.repeat(np.arange(len(starts)), size)
    values = np.take_along_axis(dense, columns, 1)
    return sp.csr_array((values.ravel(), (rows, columns.ravel())), shape=dense.shape)


def window_operator(shape: tuple[int, ...], window: Window) -> sp.csr_array:
    """Return W for an image of ``shape`` (C, H, W) as a matrix (C h w, C H W)."""
    down, across = (axis_operator(side, window) for side in shape[1:])
    operator = sp.kron(sp.eye_array(shape[0]), sp.kron(down, across), "csr")
    operator.sort_indices()
    return operator


def banded_factor(a: Floats, b: Floats, window: Window, side: int) -> sp.csr_array:
    """Return F with F'F = block diagonal of sum_p a_p (Diag(g) - g g') + b_p g g'.

    Here g are the weights of the window at position p.

    Args:
        a: weights of the variance at the positions along one axis, (blocks, positions).
        b: weights of the squared mean, likewise.
        window: where similarity is measured.
        side: length of the axis; F has blocks * side columns.
    """
    size, g = window.size, window.matrix(side)
    # bands[:, s, j] is entry (j + s, j) of the matrix, and in the end of its Cholesky factor.
    bands = np.zeros((len(a), size, side))
    for s in range(size):
        bands[:, s, : side - s] = (b - a) @ (g[:, s:] * g[:, : side - s])
    bands[:, 0] += a @ g
    floor = SINGULAR * bands[:, 0]
    for j in range(side):
        reach = min(size, side - j)
        pivot = bands[:, 0, j].copy()
        regular = pivot > floor[:, j]
        # Dividing by infinity makes the column of a singular pivot 0, which it is up to rounding.
        root = np.where(regular, np.sqrt(np.where(regular, pivot, 1.0)), np.inf)
        pivoted = bands[:, :reach, j] / root[:, None]
        bands[:, :reach, j] = pivoted
        for s in range(1, reach):
            bands[:, : reach - s, j + s] -= pivoted[:, s, None] * pivoted[:, s:]
    block, offset, column = np.nonzero(bands)
    rows = block * side + column
    entries = (bands[block, offset, column], (rows, rows + offset))
    factor = sp.csr_array(entries, shape=(len(a) * side, len(a) * side))
    return factor[np.diff(factor.indptr) > 0]
