"""Measure how far a stored image is from the clean one: norms, PSNR and similarities."""

import math
from typing import Any

import torch
from pytorch_msssim import ms_ssim
from torch import Tensor

from ssimball.ssim.index import ssim_map
from ssimball.ssim.luma import luma
from ssimball.ssim.pass_similarity import pass_similarity
from ssimball.ssim.windows import SSIM_WINDOW

#: Smallest side in pixels for MS-SSIM: after four halvings the window of 11 pixels must still fit.
MS_SSIM_SIDE = 161


def quality(clean: Tensor, stored: Tensor) -> dict[str, Any]:
    """Measure a stored 8-bit image against the clean one, in float64 on the CPU.

    Args:
        clean: float64 (3, H, W) in [0, 1], multiples of 1/255, H and W at least 11.
        stored: of the same shape and kind.

    Returns:
        The columns of a stored row:

        - ``l0`` (number of pixels of which any channel changed), ``l1``, ``l2`` and ``linf`` of the
          change;
        - ``psnr`` in dB for data range 1, None for equal images;
        - ``mean_ssim`` and ``min_ssim`` over windows and RGB; the same with ``_channels`` for each
          channel, as lists of 3; the same with ``_luma`` for the BT.601 luma;
        - ``ms_ssim``, see :func:`multiscale`;
        - ``pass_similarity``, see :func:`ssimball.ssim.pass_similarity.pass_similarity`.
    """
    clean, stored = clean.cpu(), stored.cpu()
    maps = ssim_map(clean, stored)
    of_luma = ssim_map(luma(clean), luma(stored))
    change = stored - clean
    squared = float(change.square().mean())
    return {
        "l0": int((change != 0).any(0).sum()),
        "l1": float(change.abs().sum()),
        "l2": float(torch.linalg.vector_norm(change)),
        "linf": float(change.abs().max()),
        "psnr": 10 * math.log10(1 / squared) if squared else None,
        "mean_ssim": float(maps.mean()),
        "min_ssim": float(maps.min()),
        "mean_ssim_channels": maps.mean((1, 2)).tolist(),
        "min_ssim_channels": maps.amin((1, 2)).tolist(),
        "mean_ssim_luma": float(of_luma.mean()),
        "min_ssim_luma": float(of_luma.min()),
        "ms_ssim": multiscale(clean, stored),
        "pass_similarity": pass_similarity(clean, stored),
    }


def multiscale(clean: Tensor, stored: Tensor) -> float | None:
    """Return MS-SSIM (Wang, Simoncelli, Bovik 2003) by pytorch_msssim, mean over RGB.

    There are five scales with the weights of the paper, each half as large as the one before, by
    means of 2 x 2 pixels. Where the paper is silent, the library decides: a mean of contrast and
    structure below 0 counts as 0, and an odd side gets a border of zeros before it is halved.

    Args:
        clean: float64 (3, H, W) in [0, 1].
        stored: of the same shape and kind.

    Returns:
        A value in [0, 1]; None where the smaller side is below ``MS_SSIM_SIDE``.
    """
    if min(clean.shape[1:]) < MS_SSIM_SIDE:
        return None
    # The library's own window is float32.
    window = clean.new_tensor(SSIM_WINDOW.taps).expand(3, 1, 1, -1)
    return float(ms_ssim(clean[None], stored[None], data_range=1.0, win=window))
