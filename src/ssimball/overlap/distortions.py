"""Where a stored image differs from the clean one: maps of the change, on the grid of the CAM."""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from ssimball.overlap.grids import Array, pool_to_grid, without_rounding
from ssimball.ssim.index import deficit_terms
from ssimball.ssim.luma import luma
from ssimball.storage.contracts.distortion_names import KINDS


def distortion_maps(clean: Tensor, stored: Tensor) -> dict[str, Tensor]:
    """Map every kind of distortion in every channel.

    Let S1 and S2 be the two factors of SSIM (Brunet, Vrscay, Wang 2012). Maps over the windows of
    SSIM, H' = H - 10 high: ``deficit`` 1 - S1 S2, the SSIM deficit; ``luminance`` 1 - S1;
    ``structure`` 1 - S2 (contrast and structure); ``brunet`` the squared distance
    (1 - S1) + (1 - S2). Maps over pixels, H' = H: ``absolute`` and ``squared`` change.

    Args:
        clean: float64 (3, H, W) in [0, 1], H and W at least 11.
        stored: the perturbed image, of the same shape and range.

    Returns:
        By kind of :data:`~ssimball.storage.contracts.distortion_names.KINDS`, (5, H', W') float64
        in the order of CHANNELS: the mean over RGB, each of RGB, and the BT.601 luma.
    """
    x = torch.cat([clean, luma(clean)[None]])
    d = torch.cat([stored, luma(stored)[None]]) - x
    luminance, structure = deficit_terms(x, d)
    maps = {
        "deficit": luminance + structure - luminance * structure,
        "luminance": luminance,
        "structure": structure,
        "brunet": luminance + structure,
        "absolute": d.abs(),
        "squared": d.square(),
    }
    # RGB and luma, the mean of RGB before them.
    return {kind: torch.cat([maps[kind][:3].mean(0, keepdim=True), maps[kind]]) for kind in KINDS}


def pooled_distortions(clean: Tensor, stored: Tensor, grid: tuple[int, int]) -> dict[str, Array]:
    """Pool the :func:`distortion_maps` of two images, as :func:`pool_maps` does."""
    return pool_maps(distortion_maps(clean, stored), grid)


def pool_maps(maps: Mapping[str, Tensor], grid: tuple[int, int]) -> dict[str, Array]:
    """Pool every kind of distortion over the cells of a grid.

    Where nothing changed, the factors of SSIM are exactly 0, without rounding noise.

    Args:
        maps: what :func:`distortion_maps` returns.
        grid: (h, w).

    Returns:
        (5, h, w) by kind.

    Raises:
        ValueError: the grid is finer than the maps.
    """
    _, height, width = maps["absolute"].shape
    by_kind: dict[str, Array] = {}
    for kind, values in maps.items():
        pooled = np.stack([pool_to_grid(plane.numpy(), (height, width), grid) for plane in values])
        by_kind[kind] = pooled if kind in ("absolute", "squared") else without_rounding(pooled)
    return by_kind
