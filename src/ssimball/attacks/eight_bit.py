"""Rounding a perturbed image to the 8-bit image that is stored and judged."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from torch import Tensor

from ssimball.ssim.index import mean_ssim
from ssimball.storage.images import to_8_bit, to_tensor

#: An 8-bit RGB image, (H, W, 3).
Image = NDArray[np.uint8]

#: Distance that mean SSIM keeps from its floor: closer, another machine could find it below.
GUARD = 1e-9
#: Bisections of the factor by which a perturbation is shrunk.
HALVINGS = 16
#: Largest factor by which a perturbation is multiplied to match a mean SSIM.
LARGEST_FACTOR = 1e4
#: Relative precision to which that factor is searched.
RESOLUTION = 1e-4


def shrink_to_8_bit(clean: Tensor, adversarial: Tensor, floor: float | None) -> tuple[Image, float]:
    """Round to 8 bits, shrinking the perturbation until mean SSIM reaches a floor.

    Examples:
        >>> import torch
        >>> clean = torch.full((3, 16, 16), 0.2, dtype=torch.float64)  # grey level 51
        >>> shrink_to_8_bit(clean, clean + 4 / 255, floor=0.999)[0][0, 0].tolist()
        [53, 53, 53]

    Args:
        clean: float64 (3, H, W), multiples of 1/255.
        adversarial: float (3, H, W) in [0, 1].
        floor: smallest mean SSIM allowed for the 8-bit image; None to round only.

    Returns:
        The image, uint8 (H, W, 3), and the largest factor in [0, 1] that bisection finds.
    """
    clean = clean.double()
    change = adversarial.double() - clean

    def rounded(factor: float) -> Image:
        return to_8_bit(clean + factor * change)

    def is_similar(image: Image) -> bool:
        return floor is None or stored_mean_ssim(clean, image) >= floor + GUARD

    unscaled = rounded(1.0)
    if is_similar(unscaled):
        return unscaled, 1.0
    return _largest_factor(rounded, is_similar)


def _largest_factor(
    rounded: Callable[[float], Image], is_similar: Callable[[Image], bool]
) -> tuple[Image, float]:
    """Bisect for the largest factor in [0, 1] whose image is similar enough; return both."""
    low, high, best = 0.0, 1.0, rounded(0.0)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        image = rounded(middle)
        if is_similar(image):
            low, best = middle, image
        else:
            high = middle
    return best, low


class _ClosestImage:
    """The 8-bit image closest to a mean SSIM among those tried on the line from clean on."""

    def __init__(self, clean: Tensor, change: Tensor, target: float, tolerance: float) -> None:
        """Start with the clean image, which is the change times 0."""
        self.clean, self.change = clean, change
        self.target, self.tolerance = target, tolerance
        self.image, self.factor, self.mean_ssim = to_8_bit(clean), 0.0, 1.0

    def excess(self, factor: float) -> float:
        """Try a factor; return by how much the root of the SSIM deficit exceeds its target.

        The SSIM deficit is 1 - SSIM. Its root is about linear in the factor.
        """
        image = to_8_bit(self.clean + factor * self.change)
        reached = stored_mean_ssim(self.clean, image)
        if abs(reached - self.target) < abs(self.mean_ssim - self.target):
            self.image, self.factor, self.mean_ssim = image, factor, reached
        if abs(reached - self.target) <= self.tolerance / 10:
            return 0.0
        return float(max(1 - reached, 0.0) ** 0.5 - (1 - self.target) ** 0.5)


def match_8_bit(
    clean: Tensor, adversarial: Tensor, target: float, tolerance: float
) -> tuple[Image, float, float]:
    """Find the 8-bit image closest to a mean SSIM, on the line from clean through adversarial.

    Examples:
        >>> import torch
        >>> clean = torch.full((3, 16, 16), 0.2, dtype=torch.float64)  # grey level 51
        >>> image, scale, reached = match_8_bit(clean, clean + 1 / 255, target=0.99, tolerance=1e-4)
        >>> image[0, 0].tolist(), round(reached, 3)
        ([59, 59, 59], 0.989)

    Args:
        clean: float64 (3, H, W), multiples of 1/255.
        adversarial: float (3, H, W) in [0, 1].
        target: the mean SSIM to approach.
        tolerance: the search ends within a tenth of this distance.

    Returns:
        The image, uint8 (H, W, 3); the factor by which the perturbation was multiplied, which may
        exceed 1, with values clipped to [0, 1]; and the mean SSIM of the image. The factor is 0 if
        the images are equal.
    """
    clean = clean.double()
    change = adversarial.double() - clean
    closest = _ClosestImage(clean, change, target, tolerance)
    root = (1 - target) ** 0.5
    low, high = 0.0, 1.0
    excess = closest.excess(high) if bool(change.any()) else 0.0
    while excess < 0 and high < LARGEST_FACTOR:
        growth = min(max(1.1 / (1 + excess / root + 1e-9), 1.1), 8.0)
        low, high = high, high * growth
        excess = closest.excess(high)
    if excess > 0:
        # Not finer: floating-point errors must not split a change by whole levels.
        brentq(closest.excess, low, high, xtol=1e-12, rtol=RESOLUTION, disp=False)
    return closest.image, closest.factor, closest.mean_ssim


def stored_mean_ssim(clean: Tensor, image: Image) -> float:
    """Return the mean SSIM of an 8-bit image (H, W, 3) and the clean one, float64 (3, H, W)."""
    return float(mean_ssim(clean[None], to_tensor(image).to(clean.device)[None]))
