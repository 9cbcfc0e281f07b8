"""SSIM of an image x and x + d, compiled for the CPU: rows stay in the nearest cache.

Arguments: ``x`` and ``d`` are planes (P, H, W); ``mean`` and ``variance`` those of x in each
window, (P, h, w); ``taps`` an odd number of symmetric weights along one axis. All are float64 and
contiguous.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssimball.runtime.compilation import njit_entry, njit_fast
from ssimball.ssim.filters import filter_columns, filter_row
from ssimball.ssim.index import C1, C2

Array = NDArray[np.float64]
Taps = tuple[float, ...]


def compare(x: Array, d: Array, mean: Array, variance: Array, weights: Array, taps: Taps) -> Array:
    """Compare x and x + d.

    Returns:
        The sum of 1 - SSIM, its largest value, and the sum of 1 - S2, over the windows whose weight
        is 1 and not 0; weights are (h, w). The result is (3, P).
    """
    totals, rows = np.zeros((3, len(x))), np.empty((3, mean.shape[2]))
    _compare(x, d, mean, variance, weights, taps, np.empty((3, x.shape[2])), rows, totals)
    return totals


@njit_entry
def _compare(
    x: Array,
    d: Array,
    mean: Array,
    variance: Array,
    weights: Array,
    taps: Taps,
    columns: Array,
    rows: Array,
    totals: Array,
) -> None:
    change = rows[0], rows[1], rows[2]
    for plane in range(x.shape[0]):
        for i in range(mean.shape[1]):
            _moments_row(x[plane], d[plane], mean[plane, i], i, taps, columns, change)
            image = mean[plane, i], variance[plane, i]
            _add_row(image, change, weights[i], plane, totals)


@njit_fast
def _moments_row(
    x: Array, d: Array, mean: Array, i: int, taps: Taps, columns: Array, rows: Any
) -> None:
    """Set ``rows`` to the moments of d in the windows that start at row ``i``.

    Args:
        x: plane of the image, (H, W).
        d: plane of the change.
        mean: mean of x in those windows, (w,).
        i: the row.
        taps: the weights.
        columns: workspace (3, W).
        rows: mean, variance and covariance of d, (w,) each.
    """
    sums, squares, products = columns[0], columns[1], columns[2]
    # One loop for each row that is written: otherwise the compiler cannot tell the rows apart.
    filter_columns(d, i, taps, sums)
    _filter_column_products(d, d, i, taps, squares)
    _filter_column_products(x, d, i, taps, products)
    m, variance, covariance = rows
    filter_row(sums, taps, m)
    filter_row(squares, taps, variance)
    filter_row(products, taps, covariance)
    for j in range(mean.shape[0]):
        variance[j] -= m[j] * m[j]
        covariance[j] -= mean[j] * m[j]


@njit_fast
def _filter_column_products(x: Array, y: Array, i: int, taps: Taps, out: Array) -> None:
    """Set ``out`` (W,) to the weighted sum of the rows of x y from row ``i`` on."""
    half = len(taps) // 2
    for j in range(out.shape[0]):
        total = taps[half] * x[i + half, j] * y[i + half, j]
        for k in range(half):
            low, high = i + k, i + 2 * half - k
            total += taps[k] * (x[low, j] * y[low, j] + x[high, j] * y[high, j])
        out[j] = total


@njit_fast
def _add_row(image: Any, change: Any, weights: Array, plane: int, totals: Array) -> None:
    """Add a row of windows to ``totals``, given moments of the image and its change, (w,) each."""
    mean, variance = image
    change_mean, change_variance, covariance = change
    total, largest, structures = 0.0, 0.0, 0.0
    for j in range(mean.shape[0]):
        mu, m, v, c = mean[j], change_mean[j], change_variance[j], covariance[j]
        a = 2 * mu * (mu + m) + m * m + C1
        b = 2 * variance[j] + 2 * c + v + C2
        # One division in place of two.
        inverse = weights[j] / (a * b)
        structure = v * a * inverse
        deficit = (m * m * (b - v) + v * a) * inverse
        total += deficit
        structures += structure
        largest = max(largest, deficit)
    totals[0, plane] += total
    totals[1, plane] = max(totals[1, plane], largest)
    totals[2, plane] += structures
