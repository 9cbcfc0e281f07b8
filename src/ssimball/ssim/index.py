"""Structural similarity (Wang, Bovik, Sheikh, Simoncelli 2004), written for a perturbation.

Gaussian 11 x 11 window of sigma 1.5, valid positions, population covariance, data range 1. Values
equal scikit-image's ``structural_similarity(gaussian_weights=True, sigma=1.5,
use_sample_covariance=False)`` before its cropping of borders.
"""

from dataclasses import dataclass

from torch import Tensor

from ssimball.ssim.windows import SSIM_WINDOW, Window

C1 = 0.01**2
C2 = 0.03**2


@dataclass(frozen=True)
class ImageStatistics:
    """Per window of an image x: ``mean`` W x and ``variance`` W(x²) - (W x)²."""

    mean: Tensor
    variance: Tensor


def image_statistics(x: Tensor, window: Window = SSIM_WINDOW) -> ImageStatistics:
    """Statistics of ``x`` (..., H, W) in [0, 1]; use float64."""
    mean = window.mean(x)
    # Rounding can leave a variance of a constant window just below zero.
    return ImageStatistics(mean, (window.mean(x * x) - mean * mean).clamp_min(0))


@dataclass(frozen=True)
class ChangeStatistics:
    """Per window of a change d of x: ``mean`` and ``variance`` of d, ``covariance`` with x."""

    mean: Tensor
    variance: Tensor
    covariance: Tensor


def change_statistics(
    x: Tensor, d: Tensor, image: ImageStatistics, window: Window = SSIM_WINDOW
) -> ChangeStatistics:
    """Statistics of ``d`` beside those of ``x``, both (..., H, W); use float64."""
    m = window.mean(d)
    return ChangeStatistics(m, window.mean(d * d) - m * m, window.mean(x * d) - image.mean * m)


def deficits(x: Tensor, d: Tensor, window: Window = SSIM_WINDOW) -> tuple[Tensor, Tensor]:
    """The two terms 1 - S1 (luminance) and 1 - S2 (contrast and structure) of x and x + d.

    Written in the statistics of d, so nothing cancels when d is small.

    Args:
        x: image in [0, 1], (..., H, W), float64.
        d: perturbation of the same shape.

    Returns:
        Two tensors, one value per window: (..., H - 10, W - 10) for the default window.
    """
    image = image_statistics(x, window)
    return terms(image, change_statistics(x, d, image, window))


def terms(image: ImageStatistics, change: ChangeStatistics) -> tuple[Tensor, Tensor]:
    """The two :func:`deficits` from the statistics of an image and of its change."""
    m, variance = change.mean, change.variance
    luminance = m * m / (2 * image.mean * (image.mean + m) + m * m + C1)
    structure = variance / (2 * image.variance + 2 * change.covariance + variance + C2)
    return luminance, structure


def mean_deficit(image: ImageStatistics, change: ChangeStatistics) -> Tensor:
    """1 - mean SSIM over windows and channels, (B,), without the digits that 1 - 0.99... loses."""
    luminance, structure = terms(image, change)
    return (luminance + structure - luminance * structure).flatten(1).mean(1)


def ssim_map(x: Tensor, y: Tensor, window: Window = SSIM_WINDOW) -> Tensor:
    """SSIM of two images in [0, 1], (..., H, W) to a value per window, see :func:`deficits`."""
    luminance, structure = deficits(x, y - x, window)
    return (1 - luminance) * (1 - structure)


def mean_ssim(x: Tensor, y: Tensor) -> Tensor:
    """Mean of the map over windows and channels: (B, C, H, W) to (B,)."""
    return ssim_map(x, y).flatten(1).mean(1)


def local_variance(x: Tensor) -> Tensor:
    """Variance in each window of an image (C, H, W) in [0, 1], mean over channels: its texture."""
    return image_statistics(x.double()).variance.mean(0)
