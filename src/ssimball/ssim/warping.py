"""Cubic spline interpolation at given positions, several times as fast as scipy's."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssimball.runtime.compilation import njit_entry, njit_fast

Array = NDArray[np.float64]
#: Pixels by which scipy repeats the edge before it computes spline coefficients.
PAD = 12
#: Pole of the recursive filter that gives the coefficients (Unser 1999), and its gain.
POLE, GAIN = 3**0.5 - 2, 6.0
#: Terms of a sum of powers of the pole that float64 can tell from 0.
TERMS = 40


def warp(planes: Array, rows: Array, columns: Array, inside: NDArray[np.bool_]) -> Array:
    """Interpolate by cubic splines, as ``map_coordinates(order=3, mode="nearest")`` of scipy does.

    Args:
        planes: float64 (P, H, W).
        rows: the row to sample for each pixel of the result, (h, w).
        columns: the column to sample, (h, w).
        inside: where the position is at most a pixel outside the image, (h, w).

    Returns:
        (P, h, w); 0 where ``inside`` is false.
    """
    padded = np.pad(planes, ((0, 0), (PAD, PAD), (PAD, PAD)), mode="edge")
    _filter_columns(padded)
    # Transposed, so that the filter runs down columns again and is vectorised across them.
    coefficients = np.ascontiguousarray(padded.transpose(0, 2, 1))
    _filter_columns(coefficients)
    out = np.zeros((len(planes), *rows.shape))
    _interpolate(coefficients, columns, rows, inside, out)
    return out


@njit_entry
def _filter_columns(planes: Array) -> None:
    """Turn values into spline coefficients along the second axis, in place.

    The signal continues as its mirror image, as in scipy.
    """
    n = planes.shape[1]
    power = POLE**n
    for x in planes:
        for i in range(n):
            for j in range(x.shape[1]):
                x[i, j] *= GAIN
        for j in range(x.shape[1]):
            total, factor = x[0, j] + power * x[n - 1, j], POLE
            for i in range(1, min(n, TERMS)):
                total += factor * (x[i, j] + power * x[n - 1 - i, j])
                factor *= POLE
            x[0, j] += total * POLE / (1 - power * power)
        for i in range(1, n):
            for j in range(x.shape[1]):
                x[i, j] += POLE * x[i - 1, j]
        for j in range(x.shape[1]):
            x[n - 1, j] *= POLE / (POLE - 1)
        for i in range(n - 2, -1, -1):
            for j in range(x.shape[1]):
                x[i, j] = POLE * (x[i + 1, j] - x[i, j])


@njit_entry
def _interpolate(
    coefficients: Array, rows: Array, columns: Array, inside: NDArray[np.bool_], out: Array
) -> None:
    """Evaluate splines, given padded coefficients and positions along their last two axes."""
    for i in range(rows.shape[0]):
        for j in range(rows.shape[1]):
            if not inside[i, j]:
                continue
            row, column = np.floor(rows[i, j]), np.floor(columns[i, j])
            top, left = int(row) + PAD - 1, int(column) + PAD - 1
            vertical, horizontal = _weights(rows[i, j] - row), _weights(columns[i, j] - column)
            for plane in range(out.shape[0]):
                value = 0.0
                for k in range(4):
                    line = coefficients[plane, top + k]
                    value += vertical[k] * (
                        horizontal[0] * line[left]
                        + horizontal[1] * line[left + 1]
                        + horizontal[2] * line[left + 2]
                        + horizontal[3] * line[left + 3]
                    )
                out[plane, i, j] = value


@njit_fast
def _weights(t: float) -> Any:
    """Return the cubic B-spline's weights of four neighbours, for a share t past the second."""
    s = 1 - t
    return (
        s * s * s / 6,
        (4 - 6 * t * t + 3 * t * t * t) / 6,
        (4 - 6 * s * s + 3 * s * s * s) / 6,
        t * t * t / 6,
    )
