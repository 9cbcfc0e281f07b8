"""The coarse grid of the class activation map, and maps brought to it."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: A map on the grid, or the reason why there is none.
GridOrReason = Array | str

# 1 - SSIM of equal windows is zero up to rounding.
_ROUNDING = 1e-12


def pool_to_grid(values: NDArray[Any], size: tuple[int, int], grid: tuple[int, int]) -> Array:
    """Mean of a map over each cell of a grid laid over the image.

    Args:
        values: (H', W'), the value at (i, j) belonging to the window centred at pixel
            (i + (H - H')/2, j + (W - W')/2). A map of the image's own size pools pixels.
        size: (H, W) of the image.
        grid: (h, w); pixel p of a row of H lies in cell floor(p h / H).

    Raises:
        ValueError: the map is larger than the image or not centred in it, or a cell is empty.
    """
    pooled = np.asarray(values, np.float64)
    for axis in (0, 1):
        margin, odd = divmod(size[axis] - pooled.shape[axis], 2)
        cell = (np.arange(pooled.shape[axis]) + margin) * grid[axis] // size[axis]
        starts = np.searchsorted(cell, np.arange(grid[axis] + 1))
        if margin < 0 or odd or not np.diff(starts).all():
            raise ValueError(f"map {np.shape(values)}, image {size}: no mean on grid {grid}")
        sums = np.add.reduceat(pooled, starts[:-1], axis=axis)
        pooled = sums / np.expand_dims(np.diff(starts), 1 - axis)
    return pooled


def deficit_grid(ssim_map: NDArray[Any], size: tuple[int, int], grid: tuple[int, int]) -> Array:
    """1 - SSIM pooled by :func:`pool_to_grid`, in [0, 2]; rounding noise is set to 0."""
    return without_rounding(pool_to_grid(1.0 - np.asarray(ssim_map, np.float64), size, grid))


def without_rounding(pooled: Array) -> Array:
    """Pooled terms of SSIM, what is no more than rounding set to 0."""
    return np.where(pooled < _ROUNDING, 0.0, pooled)


def grid_of(maps: Mapping[str, GridOrReason]) -> tuple[int, int]:
    """(h, w) of maps by image, all of one grid; (1, 1) where no image has one."""
    for found in maps.values():
        if not isinstance(found, str):
            return found.shape[0], found.shape[1]
    return 1, 1


def centre_map(grid: tuple[int, int]) -> Array:
    """A Gaussian around the middle of the grid, (h, w), its sigma a quarter of each side.

    What a viewer who knows nothing but that photographers centre their objects would draw; only its
    order counts in rank correlations.
    """
    rows, columns = ((np.arange(n) - (n - 1) / 2) / (n / 4) for n in grid)
    return np.exp(-0.5 * (rows[:, None] ** 2 + columns[None, :] ** 2))
