"""Where a stored image differs from the clean one: maps of the change, on the grid of the CAM."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ssimball.overlap.grids import Array, pool_to_grid, without_rounding
from ssimball.ssim.index import deficit_terms
from ssimball.ssim.luma import luma
from ssimball.storage.contracts.distortion_names import CHANNELS, KINDS


def distortion_maps(clean: Tensor, stored: Tensor) -> dict[str, Tensor]:
    """Every kind of distortion in every channel.

    Args:
        clean, stored: float64 (3, H, W) in [0, 1], H and W at least 11.

    Returns:
        By kind of :data:`~ssimball.storage.contracts.distortion_names.KINDS`, (5, H', W') float64
        in the order of CHANNELS: the mean over RGB, each of RGB, and the BT.601 luma. At every
        window of
        SSIM (H' = H - 10), with S1 and S2 its two factors (Brunet, Vrscay, Wang 2012):
        ``deficit`` 1 - S1 S2, ``luminance`` 1 - S1, ``structure`` 1 - S2 (contrast and structure),
        ``brunet`` the squared distance (1 - S1) + (1 - S2). At every pixel: ``absolute`` and
        ``squared`` change.
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
    """:func:`distortion_maps`, each the mean over the cells of a grid: (5, h, w) by kind.

    What rounding leaves of SSIM's terms where nothing changed is set to 0.

    Raises:
        ValueError: the grid is finer than the maps.
    """
    size = (int(clean.shape[1]), int(clean.shape[2]))
    found: dict[str, Array] = {}
    for kind, maps in distortion_maps(clean, stored).items():
        pooled = np.stack([pool_to_grid(values.numpy(), size, grid) for values in maps])
        found[kind] = pooled if kind in ("absolute", "squared") else without_rounding(pooled)
    return found


def channel_of(maps: np.ndarray[Any, Any], channel: str) -> Array:
    """One channel, (h, w), of the maps of a kind, (5, h, w)."""
    chosen: Array = maps[CHANNELS.index(channel)]
    return chosen
