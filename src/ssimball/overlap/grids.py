"""The coarse grid of the class activation map, and maps pooled to it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: A map on the grid, or the reason why there is none.
GridOrReason = Array | str
#: By image, a map on the grid or the reason why there is none.
Grids = Mapping[str, GridOrReason]

# 1 - SSIM of equal windows is zero up to rounding.
_ROUNDING = 1e-12


def pool_to_grid(values: NDArray[Any], size: tuple[int, int], grid: tuple[int, int]) -> Array:
    """Return the mean of a map over each cell of a grid laid over the image.

    Args:
        values: (H', W'), the value at (i, j) belonging to the window centred at pixel
            (i + (H - H')/2, j + (W - W')/2). A map of the image's own size pools pixels.
        size: (H, W) of the image.
        grid: (h, w); pixel p of a row of H lies in cell floor(p h / H).

    Returns:
        (h, w). Where the outermost row or column of cells holds no window, as on images of 32 x 32,
        it takes the means of the next one.

    Raises:
        ValueError: the map is larger than the image or not centred in it, or other cells are empty.
    """
    pooled = np.asarray(values, np.float64)
    for axis in (0, 1):
        margin, odd = divmod(size[axis] - pooled.shape[axis], 2)
        cell = (np.arange(pooled.shape[axis]) + margin) * grid[axis] // size[axis]
        first, last = cell[0], cell[-1]
        starts = np.searchsorted(cell, np.arange(first, last + 2))
        empty = not np.diff(starts).all() or max(first, grid[axis] - 1 - last) > 1
        if margin < 0 or odd or empty:
            raise ValueError(f"map {np.shape(values)}, image {size}: no mean on grid {grid}")
        sums = np.add.reduceat(pooled, starts[:-1], axis=axis)
        pooled = sums / np.expand_dims(np.diff(starts), 1 - axis)
        pooled = pooled.take(np.arange(grid[axis]).clip(first, last) - first, axis)
    return pooled


def deficit_grid(ssim_map: NDArray[Any], size: tuple[int, int], grid: tuple[int, int]) -> Array:
    """Return the SSIM deficit, 1 - SSIM, pooled by :func:`pool_to_grid`.

    Args:
        ssim_map: (H', W'), SSIM at every window.
        size: (H, W) of the image.
        grid: (h, w).

    Returns:
        (h, w) in [0, 2]; rounding noise is set to 0.
    """
    return without_rounding(pool_to_grid(1.0 - np.asarray(ssim_map, np.float64), size, grid))


def without_rounding(pooled: Array) -> Array:
    """Set pooled factors of SSIM that are no more than rounding noise to 0."""
    return np.where(pooled < _ROUNDING, 0.0, pooled)


def grid_of(maps: Grids) -> tuple[int, int]:
    """Return the size (h, w) that all maps share; (1, 1) where no image has a map."""
    for grid in maps.values():
        if not isinstance(grid, str):
            return grid.shape[0], grid.shape[1]
    return 1, 1


def centre_map(grid: tuple[int, int]) -> Array:
    """Return a Gaussian around the middle of the grid, its sigma a quarter of each side.

    It is the map of a viewer who only knows that photographers centre their objects. Rank
    correlations depend only on its order.

    Args:
        grid: (h, w).

    Returns:
        (h, w) in (0, 1].
    """
    rows, columns = ((np.arange(n) - (n - 1) / 2) / (n / 4) for n in grid)
    return np.exp(-0.5 * (rows[:, None] ** 2 + columns[None, :] ** 2))
