"""Sets and orders of grid cells, and their pixels."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ssimball.overlap.grids import Array
from ssimball.runtime.randomness import generator

#: Flat indices of cells, in order.
Order = NDArray[np.int64]
#: Membership of cells, (h, w).
Cells = NDArray[np.bool_]


def largest_first(values: Array, seed: int, image_id: str) -> Order:
    """Return the cells of a map from the largest value to the smallest.

    Cells of equal value come in a random order that depends on the image, so that no corner of the
    grid is preferred.

    Args:
        values: (h, w).
        seed: seed of the run.
        image_id: image that the map belongs to.

    Returns:
        Flat indices, (h * w,).

    Examples:
        >>> largest_first(np.array([[0.1, 0.9], [0.4, 0.2]]), seed=0, image_id="scene-1").tolist()
        [1, 2, 3, 0]
    """
    flat = np.asarray(values, np.float64).ravel()
    ties = generator(seed, image_id, "tied cells").random(flat.size)
    return np.lexsort((ties, -flat))


def random_order(cells: int, seed: int, image_id: str) -> Order:
    """Return all cells in a random order that depends on the seed and the image alone.

    Args:
        cells: number of cells.
        seed: seed of the run.
        image_id: image that the cells belong to.

    Returns:
        Flat indices, (cells,).

    Examples:
        >>> sorted(random_order(4, seed=0, image_id="scene-1").tolist())
        [0, 1, 2, 3]
    """
    return generator(seed, image_id, "random cells").permutation(cells)


def members(order: Order, grid: tuple[int, int]) -> Cells:
    """Return which cells of a grid (h, w) are listed, as bool (h, w)."""
    membership = np.zeros(grid[0] * grid[1], bool)
    membership[order] = True
    return membership.reshape(grid)


def cell_count(area: float, cells: int) -> int:
    """Return how many cells a set has: round(area * cells), at least one and at most half of them.

    Two disjoint sets of that size fit on the grid.

    Args:
        area: share of the cells, in (0, 1).
        cells: number of cells of the grid, at least two.

    Examples:
        >>> cell_count(0.2, 49)
        10
    """
    return min(max(round(area * cells), 1), cells // 2)


def pixels_of(cells: Cells, size: tuple[int, int]) -> Tensor:
    """Return which pixels lie in the given cells.

    Pixel p of a row of H pixels lies in cell floor(p h / H), as in
    :func:`ssimball.overlap.grids.pool_to_grid`. All cells have equally many pixels where the grid
    divides the image.

    Args:
        cells: bool (..., h, w).
        size: (H, W) of the image.

    Returns:
        bool (..., H, W).
    """
    rows, columns = (np.arange(size[i]) * cells.shape[i - 2] // size[i] for i in (0, 1))
    return torch.from_numpy(cells[..., rows[:, None], columns])
