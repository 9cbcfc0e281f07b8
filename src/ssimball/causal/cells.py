"""Sets of grid cells, and perturbations restricted to them."""

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

#: Sets of equally many cells, which are compared with each other.
EQUAL_SETS = ("top", "bottom", "random")
#: All cells except those of ``top``.
REST_OF_TOP = "rest_of_top"


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


def cell_sets(cam: Array, area: float, seed: int, image_id: str) -> dict[str, Cells]:
    """Return the sets of cells that a perturbation is restricted to.

    ``top`` and ``bottom`` are the cells where the CAM is largest and smallest, ``random`` the first
    cells of :func:`random_order`, ``rest_of_top`` all cells except the top. The first three have
    :func:`cell_count` cells, so that top and bottom are disjoint. The sets of a smaller area are
    subsets of those of a larger one.

    Args:
        cam: (h, w), at least two cells, not constant.
        area: share of the cells, in (0, 0.5].
        seed: seed of the run.
        image_id: image that the CAM belongs to.

    Returns:
        By name, bool (h, w).

    Examples:
        >>> cam = np.array([[0.1, 0.9], [0.4, 0.2]])
        >>> cell_sets(cam, area=0.25, seed=0, image_id="scene-1")["top"].tolist()
        [[False, True], [False, False]]
    """
    count = cell_count(area, cam.size)
    ranked = largest_first(cam, seed, image_id)
    orders = (
        ranked[:count],
        ranked[cam.size - count :],
        random_order(cam.size, seed, image_id)[:count],
    )
    sets = {name: members(order, cam.shape) for name, order in zip(EQUAL_SETS, orders, strict=True)}
    return {**sets, REST_OF_TOP: ~sets["top"]}


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


def restrict(perturbation: Tensor, cells: Cells) -> Tensor:
    """Set perturbations to zero outside the given cells.

    The part outside is ``restrict(perturbation, ~cells)``; both parts add up to the perturbation.

    Args:
        perturbation: (B, C, H, W).
        cells: bool (B, h, w).

    Returns:
        (B, C, H, W).
    """
    inside = pixels_of(cells, (perturbation.shape[-2], perturbation.shape[-1]))
    return perturbation * inside[:, None].to(perturbation.device)


def equal_energy(perturbations: Tensor) -> Tensor | None:
    """Scale perturbations down to the smallest of their l2 norms.

    No perturbation is amplified, so an image in [0, 1] with any of them added stays in [0, 1].

    Args:
        perturbations: (B, C, H, W).

    Returns:
        (B, C, H, W), or None where the smallest norm is 0: then nothing can be compared.
    """
    norms = perturbations.flatten(1).norm(dim=1)
    if not bool(norms.all()):
        return None
    scaled: Tensor = perturbations * (norms.min() / norms)[:, None, None, None]
    return scaled
