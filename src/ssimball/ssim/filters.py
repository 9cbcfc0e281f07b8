"""Separable filters compiled for the CPU, 20 to 40 times faster than torch's convolutions."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssimball.runtime.compilation import njit_entry, njit_fast

Floats = NDArray[np.floating]
Taps = tuple[float, ...]


def windowed_mean(x: Floats, taps: Taps) -> Floats:
    """Return the weighted mean over a sliding square window.

    Args:
        x: (P, H, W), contiguous, float32 or float64.
        taps: n symmetric weights along one axis.

    Returns:
        (P, H - n + 1, W - n + 1) of the same type.
    """
    planes, height, width = x.shape
    n = len(taps)
    out = np.empty((planes, height - n + 1, width - n + 1), x.dtype)
    typed: tuple[Any, ...] = tuple(x.dtype.type(tap) for tap in taps)
    _filter(x, typed, np.empty(width, x.dtype), out)
    return out


@njit_entry
def _filter(x: Floats, taps: Taps, row: Floats, out: Floats) -> None:
    for plane in range(out.shape[0]):
        for i in range(out.shape[1]):
            filter_columns(x[plane], i, taps, row)
            filter_row(row, taps, out[plane, i])


# The functions below work row by row, so that a row is still in the nearest cache when it is used
# next. All arrays are contiguous: only then does the compiler use vector instructions. The number
# of taps is part of the tuple's type, so the compiler unrolls the loops over them.
@njit_fast
def column_sum(x: Floats, i: int, j: int, taps: Taps) -> Any:
    """Return the weighted sum of column ``j`` of ``x`` (H, W) from row ``i`` on."""
    n = len(taps)
    half = n // 2
    total = taps[half] * x[i + half, j] if n % 2 else x[i, j] * 0
    for k in range(half):
        total += taps[k] * (x[i + k, j] + x[i + n - 1 - k, j])
    return total


@njit_fast
def row_sum(x: Floats, j: int, taps: Taps) -> Any:
    """Return the weighted sum of ``x`` (W,) from ``j`` on."""
    n = len(taps)
    half = n // 2
    total = taps[half] * x[j + half] if n % 2 else x[j] * 0
    for k in range(half):
        total += taps[k] * (x[j + k] + x[j + n - 1 - k])
    return total


@njit_fast
def filter_columns(x: Floats, i: int, taps: Taps, out: Floats) -> None:
    """Set ``out`` (W,) to the weighted sum of the rows of ``x`` (H, W) from row ``i`` on."""
    for j in range(out.shape[0]):
        out[j] = column_sum(x, i, j, taps)


@njit_fast
def filter_row(x: Floats, taps: Taps, out: Floats) -> None:
    """Set ``out`` (W - n + 1,) to the weighted mean along ``x`` (W,)."""
    for j in range(out.shape[0]):
        out[j] = row_sum(x, j, taps)
