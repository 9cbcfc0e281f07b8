"""Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004), written for a perturbation.

The window is a Gaussian of 11 x 11 pixels with sigma 1.5, at valid positions; covariances are those
of the population; the data range is 1. Values equal those of scikit-image's
``structural_similarity(gaussian_weights=True, sigma=1.5, use_sample_covariance=False)`` before it
crops the borders.

The *SSIM deficit* of two images is 1 - SSIM.
"""

from dataclasses import dataclass

from torch import Tensor

from ssimball.ssim.windows import SSIM_WINDOW, Window

#: Constants of the luminance term and of the structure term, for data range 1.
C1 = 0.01**2
C2 = 0.03**2


@dataclass(frozen=True)
class ImageStatistics:
    """Statistics of an image x in each window.

    Attributes:
        mean: W x.
        variance: W(x²) - (W x)².
    """

    mean: Tensor
    variance: Tensor


def image_statistics(x: Tensor, window: Window = SSIM_WINDOW) -> ImageStatistics:
    """Return the statistics of ``x`` (..., H, W) in [0, 1], preferably float64."""
    mean = window.mean(x)
    # Rounding can leave the variance of a constant window just below zero.
    return ImageStatistics(mean, (window.mean(x * x) - mean * mean).clamp_min(0))


@dataclass(frozen=True)
class ChangeStatistics:
    """Statistics of a change d of an image x in each window.

    Attributes:
        mean: of d.
        variance: of d.
        covariance: of d and x.
    """

    mean: Tensor
    variance: Tensor
    covariance: Tensor


def change_statistics(
    x: Tensor, d: Tensor, image: ImageStatistics, window: Window = SSIM_WINDOW
) -> ChangeStatistics:
    """Return the statistics of a change of an image.

    Args:
        x: the image, (..., H, W), preferably float64.
        d: the change, of the same shape.
        image: statistics of ``x``.
        window: where similarity is measured.
    """
    m = window.mean(d)
    return ChangeStatistics(m, window.mean(d * d) - m * m, window.mean(x * d) - image.mean * m)


def deficit_terms(x: Tensor, d: Tensor, window: Window = SSIM_WINDOW) -> tuple[Tensor, Tensor]:
    """Return 1 - S1 (luminance) and 1 - S2 (contrast and structure) of the images x and x + d.

    SSIM is S1 S2. The terms are computed from the statistics of d, so nothing cancels when d is
    small.

    Args:
        x: image in [0, 1], (..., H, W), float64.
        d: perturbation of the same shape.
        window: where similarity is measured.

    Returns:
        Two tensors, one value per window: (..., H - 10, W - 10) for the default window.
    """
    image = image_statistics(x, window)
    return deficit_terms_of(image, change_statistics(x, d, image, window))


def deficit_terms_of(image: ImageStatistics, change: ChangeStatistics) -> tuple[Tensor, Tensor]:
    """Return the two :func:`deficit_terms` from the statistics of an image and of its change."""
    m, variance = change.mean, change.variance
    luminance = m * m / (2 * image.mean * (image.mean + m) + m * m + C1)
    structure = variance / (2 * image.variance + 2 * change.covariance + variance + C2)
    return luminance, structure


def mean_ssim_deficit(image: ImageStatistics, change: ChangeStatistics) -> Tensor:
    """Return the mean SSIM deficit over windows and channels, (B,).

    Subtracting a mean SSIM of 0.99... from 1 would lose digits; this does not.
    """
    luminance, structure = deficit_terms_of(image, change)
    return (luminance + structure - luminance * structure).flatten(1).mean(1)


def ssim_map(x: Tensor, y: Tensor, window: Window = SSIM_WINDOW) -> Tensor:
    """Return the SSIM of two images in each window.

    Examples:
        >>> import torch
        >>> x = torch.full((1, 12, 14), 0.5, dtype=torch.float64)
        >>> ssim_map(x, x).shape, float(ssim_map(x, x).min())
        (torch.Size([1, 2, 4]), 1.0)

    Args:
        x: image in [0, 1], (..., H, W), float64.
        y: image of the same shape.
        window: where similarity is measured.

    Returns:
        One value per window, at most 1: (..., H - 10, W - 10) for the default window.
    """
    luminance, structure = deficit_terms(x, y - x, window)
    return (1 - luminance) * (1 - structure)


def mean_ssim(x: Tensor, y: Tensor) -> Tensor:
    """Return the mean SSIM over windows and channels for each image of a batch.

    Examples:
        Two grey images differ in luminance alone, (2 a b + C1) / (a² + b² + C1):

        >>> import torch
        >>> x = torch.full((1, 3, 16, 16), 0.5, dtype=torch.float64)
        >>> print(f"{float(mean_ssim(x, x + 0.1)):.6f}", f"{(0.6 + C1) / (0.61 + C1):.6f}")
        0.983609 0.983609

    Args:
        x: images in [0, 1], (B, C, H, W), float64.
        y: images of the same shape.

    Returns:
        (B,), at most 1.
    """
    return ssim_map(x, y).flatten(1).mean(1)


def local_variance(x: Tensor) -> Tensor:
    """Return the texture of an image (C, H, W) in [0, 1]: variance per window, mean of channels."""
    return image_statistics(x.double()).variance.mean(0)
