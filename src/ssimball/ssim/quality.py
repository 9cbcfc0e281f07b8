"""Measure how far a stored image is from the clean one: norms, PSNR and similarities."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from ssimball.ssim.border import FRAMES, outer_energy
from ssimball.ssim.luma import luma
from ssimball.ssim.pass_similarity import pass_similarity
from ssimball.ssim.reference import Reference
from ssimball.ssim.similarity import Similarity, similarity

#: Smallest side in pixels for MS-SSIM: after four halvings the window of 11 pixels must still fit.
MS_SSIM_SIDE = 161
#: Weights of the five scales of MS-SSIM, the finest first (Wang et al. 2003).
MS_SSIM_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


def quality(clean: Reference, stored: Tensor, ssim: Similarity | None = None) -> dict[str, Any]:
    """Measure a stored 8-bit image against the clean one, in float64 on the CPU.

    Args:
        clean: the clean image, multiples of 1/255, H and W at least 11.
        stored: of the same shape and kind.
        ssim: similarity of R, G and B of the two images, if known.

    Returns:
        The columns of a stored row:

        - ``l0`` (number of pixels of which any channel changed), ``l1``, ``l2`` and ``linf`` of the
          change;
        - ``outer_energy_5`` and ``outer_energy_2``, see :func:`~ssimball.ssim.border.outer_energy`;
        - ``psnr`` in dB for data range 1, None for equal images;
        - ``mean_ssim`` and ``min_ssim`` over windows and RGB; the same with ``_channels`` for each
          channel, as lists of 3; the same with ``_luma`` for the BT.601 luma;
        - ``ms_ssim``, see :func:`multiscale`;
        - ``pass_similarity``, see :func:`ssimball.ssim.pass_similarity.pass_similarity`.
    """
    if ssim is None:
        ssim = similarity(clean.image, stored, clean.statistics_of_channels)
    lumas = clean.planes[3], luma(stored)
    of_luma = similarity(clean.planes[3:], lumas[1][None], clean.statistics_of_luma)
    change = stored - clean.image
    return {
        **_size(change),
        **{f"outer_energy_{width}": outer_energy(change, width) for width in FRAMES},
        "mean_ssim": ssim.overall,
        "min_ssim": float(ssim.least.min()),
        "mean_ssim_channels": ssim.mean.tolist(),
        "min_ssim_channels": ssim.least.tolist(),
        "mean_ssim_luma": of_luma.overall,
        "min_ssim_luma": float(of_luma.least[0]),
        "ms_ssim": multiscale(clean.image, stored, ssim),
        "pass_similarity": pass_similarity(
            clean.image, stored, clean.statistics_of_channels, lumas
        ),
    }


def _size(change: Tensor) -> dict[str, Any]:
    """Return the norms of a change (3, H, W), and its PSNR."""
    size = change.abs()
    largest, l2 = size.amax(0), float(torch.linalg.vector_norm(change))
    return {
        "l0": int(torch.count_nonzero(largest)),
        "l1": float(size.sum()),
        "l2": l2,
        "linf": float(largest.max()),
        "psnr": 10 * math.log10(change.numel()) - 20 * math.log10(l2) if l2 else None,
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
        finest: similarity of the images as they are, if known.

    Returns:
        A value in [0, 1]; None where the smaller side is below ``MS_SSIM_SIDE``.
    """
    if min(clean.shape[1:]) < MS_SSIM_SIDE:
        return None
    scale = similarity(clean, stored) if finest is None else finest
    product = np.ones(3)
    for weight in MS_SSIM_WEIGHTS[:-1]:
        product *= np.maximum(scale.structure, 0) ** weight
        clean, stored = _halved(clean), _halved(stored)
        scale = similarity(clean, stored)
    product *= np.maximum(scale.mean, 0) ** MS_SSIM_WEIGHTS[-1]
    return float(product.mean())


def _halved(image: Tensor) -> Tensor:
    """Return the means of 2 x 2 pixels of (P, H, W); an odd side gets a border of zeros first."""
    height, width = image.shape[1:]
    if height % 2 or width % 2:
        image = pad(image, [width % 2] * 2 + [height % 2] * 2)
    height, width = (side - side % 2 for side in image.shape[1:])
    # Several times as fast as average pooling.
    rows = image[:, :height:2] + image[:, 1:height:2]
    return (rows[..., :width:2] + rows[..., 1:width:2]) / 4
