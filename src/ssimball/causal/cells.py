"""Sets of grid cells, and perturbations cut to them."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ssimball.overlap.grids import Array
from ssimball.runtime.randomness import generator

Order = NDArray[np.int64]
Cells = NDArray[np.bool_]

#: Sets of equal area, then what is left when the first of them is taken away.
EQUAL_SETS = ("top", "bottom", "random")
REST = "rest_of_top"


def largest_first(values: Array, seed: int, image_id: str) -> Order:
    """Cells (flat indices, (cells,)) from the largest value to the smallest.

    Equal values come in a random order of the image's own, so that no corner is preferred.
    """
    flat = np.asarray(values, np.float64).ravel()
    ties = generator(seed, image_id, "tied cells").random(flat.size)
    return np.lexsort((ties, -flat))


def random_order(cells: int, seed: int, image_id: str) -> Order:
    """All cells in a random order of the image's own, (cells,)."""
    return generator(seed, image_id, "random cells").permutation(cells)


def members(order: Order, grid: tuple[int, int]) -> Cells:
    """The cells listed, as (h, w) membership."""
    found = np.zeros(grid[0] * grid[1], bool)
    found[order] = True
    return found.reshape(grid)


def cell_sets(cam: Array, area: float, seed: int, image_id: str) -> dict[str, Cells]:
    """The sets of cells that a perturbation is cut to, by name, each (h, w).

    ``top`` and ``bottom``: the cells of largest and smallest CAM; ``random``: the first of
    :func:`random_order`; ``rest_of_top``: all cells but the top. The first three have exactly
    round(area * cells) cells, at least one and at most half of them, so that top and bottom are
    disjoint. Smaller areas give subsets.

    Args:
        cam: (h, w) with two cells or more, not the same everywhere.
        area: share of the cells, in (0, 0.5].
    """
    count = min(max(round(area * cam.size), 1), cam.size // 2)
    ranked = largest_first(cam, seed, image_id)
    orders = (
        ranked[:count],
        ranked[cam.size - count :],
        random_order(cam.size, seed, image_id)[:count],
    )
    sets = {name: members(order, cam.shape) for name, order in zip(EQUAL_SETS, orders, strict=True)}
    return {**sets, REST: ~sets["top"]}


def pixels_of(cells: Cells, size: tuple[int, int]) -> Tensor:
    """Membership of pixels: (..., h, w) to bool (..., H, W).

    Pixel p of a row of H lies in cell floor(p h / H), as in ``overlap.pool_to_grid``. Cells have
    equally many pixels where the grid divides the image.
    """
    rows, columns = (np.arange(size[i]) * cells.shape[i - 2] // size[i] for i in (0, 1))
    return torch.from_numpy(cells[..., rows[:, None], columns])


def restrict(perturbation: Tensor, cells: Cells) -> Tensor:
    """Perturbations (B, C, H, W) inside cells (B, h, w) of a grid, zero outside.

    The part outside is ``restrict(perturbation, ~cells)``; the two add up to the whole.
    """
    inside = pixels_of(cells, (perturbation.shape[-2], perturbation.shape[-1]))
    return perturbation * inside[:, None].to(perturbation.device)


def equal_energy(parts: Tensor) -> Tensor | None:
    """Perturbations (B, C, H, W), each scaled down to the smallest of their l2 norms.

    None is amplified, so an image that holds such a part in [0, 1] still does.

    Returns:
        The same shape, or None where that norm is 0: nothing could be compared.
    """
    norms = parts.flatten(1).norm(dim=1)
    if not bool(norms.all()):
        return None
    scaled: Tensor = parts * (norms.min() / norms)[:, None, None, None]
    return scaled
