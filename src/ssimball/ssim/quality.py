"""Measure how far a stored image is from the clean one: norms, PSNR and similarities."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from ssimball.ssim.index import ImageStatistics, image_statistics
from ssimball.ssim.luma import luma
from ssimball.ssim.pass_similarity import pass_similarity
from ssimball.ssim.similarity import Similarity, similarity

#: Smallest side in pixels for MS-SSIM: after four halvings the window of 11 pixels must still fit.
MS_SSIM_SIDE = 161
#: Weights of the five scales of MS-SSIM, the finest first (Wang et al. 2003).
MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


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
    planes, stored_planes = (torch.cat([rgb, luma(rgb)[None]]) for rgb in (clean, stored))
    image = image_statistics(planes)
    ssim = similarity(planes, stored_planes, image)
    of_clean = ImageStatistics(image.mean[:3], image.variance[:3])
    change = stored - clean
    squared = float(change.square().mean())
    return {
        "l0": int((change != 0).any(0).sum()),
        "l1": float(change.abs().sum()),
        "l2": float(torch.linalg.vector_norm(change)),
        "linf": float(change.abs().max()),
        "psnr": 10 * math.log10(1 / squared) if squared else None,
        "mean_ssim": float(ssim.mean[:3].mean()),
        "min_ssim": float(ssim.least[:3].min()),
        "mean_ssim_channels": ssim.mean[:3].tolist(),
        "min_ssim_channels": ssim.least[:3].tolist(),
        "mean_ssim_luma": float(ssim.mean[3]),
        "min_ssim_luma": float(ssim.least[3]),
        "ms_ssim": multiscale(clean, stored, ssim),
        "pass_similarity": pass_similarity(clean, stored, of_clean),
    }


def multiscale(clean: Tensor, stored: Tensor, finest: Similarity | None = None) -> float | None:
    """Return MS-SSIM (Wang, Simoncelli, Bovik 2003), mean over RGB.

    There are five scales with the weights of the paper, each half as large as the one before, by
    means of 2 x 2 pixels. Where the paper is silent, the package pytorch_msssim is followed: a mean
    of contrast and structure below 0 counts as 0, and an odd side gets a border of zeros before it
    is halved.

    Args:
        clean: float64 (3, H, W) in [0, 1] on the CPU.
        stored: of the same shape and kind.
        finest: similarity of the images as they are, if known; its first planes are RGB.

    Returns:
        A value in [0, 1]; None where the smaller side is below ``MS_SSIM_SIDE``.
    """
    if min(clean.shape[1:]) < MS_SSIM_SIDE:
        return None
    scale = similarity(clean, stored) if finest is None else finest
    product = np.ones(3)
    for weight in MS_SSIM_WEIGHTS[:-1]:
        product *= np.maximum(scale.structure[:3], 0) ** weight
        clean, stored = _halved(clean), _halved(stored)
        scale = similarity(clean, stored)
    product *= np.maximum(scale.mean, 0) ** MS_SSIM_WEIGHTS[-1]
    return float(product.mean())


def _halved(image: Tensor) -> Tensor:
    return avg_pool2d(image, 2, padding=[side % 2 for side in image.shape[1:]])
