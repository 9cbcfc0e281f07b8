"""Separable filters compiled for the CPU, 20 to 40 times faster than torch's convolutions."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssimball.runtime.compilation import njit_entry, njit_fast

Floats = NDArray[np.floating]
Taps = tuple[float, ...]


def windowed_mean(x: Floats, taps: Taps, margin: int = 0) -> Floats:
    """Return the weighted mean over a sliding square window.

    Args:
        x: (P, H, W), contiguous, float32 or float64; H and W at least n.
        taps: n symmetric weights along one axis.
        margin: number of mirrored pixels around the image, at most n.

    Returns:
        (P, H - n + 1 + 2 margin, W - n + 1 + 2 margin) of the same type.
    """
    planes, height, width = x.shape
    removed = len(taps) - 1 - 2 * margin
    out = np.empty((planes, height - removed, width - removed), x.dtype)
    typed: tuple[Any, ...] = tuple(x.dtype.type(tap) for tap in taps)
    _filter(x, typed, margin, np.empty(width + 2 * margin, x.dtype), out)
    return out


@njit_entry
def _filter(x: Floats, taps: Taps, margin: int, row: Floats, out: Floats) -> None:
    for plane in range(out.shape[0]):
        for i in range(out.shape[1]):
            mean_row(x[plane], i, taps, margin, row, out[plane, i])


# The functions below work row by row, so that a row is still in the nearest cache when it is used
# next. All arrays are contiguous: only then does the compiler use vector instructions. The number
# of taps is part of the tuple's type, so the compiler unrolls the loops over them.
@njit_fast
def mean_row(x: Floats, i: int, taps: Taps, margin: int, row: Floats, out: Floats) -> None:
    """Set ``out`` to the means of ``x`` (H, W) in row ``i`` of the windows.

    Args:
        x: the plane.
        i: the row.
        taps: the weights.
        margin: number of mirrored pixels around the plane.
        row: workspace (W + 2 margin,).
        out: (W - n + 1 + 2 margin,).
    """
    width = x.shape[1]
    # A slice of one row is contiguous.
    filter_columns(x, i - margin, taps, row[margin : margin + width])
    mirror_ends(row, margin, width)
    filter_row(row, taps, out)


@njit_fast
def mirror_ends(row: Floats, margin: int, width: int) -> None:
    """Continue the ``width`` values from ``margin`` on as their mirror image at both ends."""
    last = margin + width - 1
    for k in range(margin):
        row[margin - 1 - k] = row[margin + k]
        row[last + 1 + k] = row[last - k]


@njit_fast
def mirror_row(x: Floats, i: int, margin: int) -> None:
    """Copy row ``i`` of a plane that has ``margin`` rows more on both sides to its mirror images.

    Args:
        x: the plane with those rows, (H + 2 margin, W).
        i: the row, from 0 to H - 1.
        margin: at most H.
    """
    height = x.shape[0] - 2 * margin
    if i < margin:
        copy_row(x[margin + i], x[margin - 1 - i])
    if i >= height - margin:
        copy_row(x[margin + i], x[margin + 2 * height - 1 - i])


@njit_fast
def copy_row(x: Floats, out: Floats) -> None:
    """Copy ``x`` to the start of ``out``."""
    for j in range(x.shape[0]):
        out[j] = x[j]


@njit_fast
def mirrored(i: int, side: int) -> int:
    """Return the index in [0, side) whose mirror image lies at ``i``, the last value repeated."""
    i = -1 - i if i < 0 else i
    return 2 * side - 1 - i if i >= side else i


@njit_fast
def is_inside(i: int, taps: Taps, side: int) -> bool:
    """Return whether no weight from ``i`` on lies outside a side."""
    return (i >= 0) & (i + len(taps) <= side)


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
    """Set ``out`` (W,) to the weighted sum of the rows of ``x`` (H, W) from row ``i`` on.

    Rows outside ``x`` are mirrored.
    """
    if is_inside(i, taps, x.shape[0]):
        for j in range(out.shape[0]):
            out[j] = column_sum(x, i, j, taps)
    else:
        _filter_mirrored(x, i, taps, out)


@njit_fast
def _filter_mirrored(x: Floats, i: int, taps: Taps, out: Floats) -> None:
    n, height = len(taps), x.shape[0]
    out[:] = 0
    for k in range(n // 2):
        low, high = mirrored(i + k, height), mirrored(i + n - 1 - k, height)
        for j in range(out.shape[0]):
            out[j] += taps[k] * (x[low, j] + x[high, j])
    if n % 2:
        middle = mirrored(i + n // 2, height)
        for j in range(out.shape[0]):
            out[j] += taps[n // 2] * x[middle, j]


@njit_fast
def filter_row(x: Floats, taps: Taps, out: Floats) -> None:
    """Set ``out`` (W - n + 1,) to the weighted mean along ``x`` (W,); W may be larger."""
    for j in range(out.shape[0]):
        out[j] = row_sum(x, j, taps)
