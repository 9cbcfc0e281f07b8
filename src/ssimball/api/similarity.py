"""The SSIM of images."""

import torch

from ssimball.api.inputs import ArrayT, check_side, read_images
from ssimball.errors import InputError
from ssimball.ssim import index
from ssimball.ssim.windows import SSIM_WINDOW


@torch.no_grad()
def ssim(x: ArrayT, y: ArrayT) -> ArrayT:
    """Return the mean SSIM over windows and channels, float64 (B,).

    It equals scikit-image's ``structural_similarity`` with ``gaussian_weights=True, sigma=1.5,
    use_sample_covariance=False, data_range=1``. It has no gradient;
    :func:`ssimball.ssim.index.mean_ssim` has one.

    Examples:
        >>> import numpy as np
        >>> x = np.full((3, 16, 16), 0.5)
        >>> print(f"{ssim(x, x + 0.1):.6f}")
        0.983609

    Args:
        x: images (B, C, H, W) or (C, H, W) in [0, 1] with 1 or 3 channels and sides of 11 pixels or
            more, torch or NumPy.
        y: images of the same shape.

    Raises:
        InputError: these are no such images.
    """
    first, form = read_images(x, "x")
    second, _ = read_images(y, "y")
    if first.shape != second.shape:
        raise InputError(f"y: shape {tuple(y.shape)}, but x has {tuple(x.shape)}; make them equal")
    check_side(first, SSIM_WINDOW.size, "x")
    values: ArrayT = form.numbers(index.mean_ssim(first, second.to(first.device)))
    return values
