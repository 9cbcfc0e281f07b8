"""Rounding a perturbed image to the 8-bit image that is stored and judged."""

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import brentq
from torch import Tensor

from ssimball.ssim.ray import SsimRay
from ssimball.ssim.similarity import similarity
from ssimball.storage.images import to_8_bit

#: An 8-bit RGB image, (H, W, 3).
Image = NDArray[np.uint8]

#: Distance that mean SSIM keeps from its floor: closer, another machine could find it below.
GUARD = 1e-9
#: The factor by which a perturbation is shrunk is a multiple of 2 to minus this power.
HALVINGS = 16
#: Largest factor by which a perturbation is multiplied to match a mean SSIM.
LARGEST_FACTOR = 1e4
#: Relative precision to which that factor is searched.
RESOLUTION = 1e-4
#: Guesses from the ray before a search without it.
GUESSES = 6


class RoundedLine:
    """The 8-bit images on the line from a clean image through a perturbed one.

    Window means along the line are computed once. They give SSIM before rounding, and so a good
    guess of the factor at which the rounded image has a certain SSIM: rounding adds to the deficit,
    but adds about the same amount at neighbouring factors.
    """

    def __init__(self, clean: Tensor, adversarial: Tensor) -> None:
        """Take the perturbation from the images, which may be on any device.

        Args:
            clean: float64 (3, H, W), multiples of 1/255.
            adversarial: float (3, H, W) in [0, 1].
        """
        self._clean = clean.double().cpu()
        self._change = adversarial.double().cpu() - self._clean
        self._ray = SsimRay(self._clean, self._change)
        self._measured: dict[float, float] = {}
        self._latest = 0.0

    @property
    def is_point(self) -> bool:
        """Whether the two images are equal."""
        return not bool(self._change.any())

    def image(self, factor: float) -> Image:
        """Return the image at a multiple of the perturbation, uint8 (H, W, 3)."""
        return to_8_bit(self._clean + factor * self._change)

    def mean_ssim(self, factor: float) -> float:
        """Measure the mean SSIM of :meth:`image` and the clean image."""
        if factor not in self._measured:
            # The operations of to_8_bit and to_tensor, in place.
            levels = torch.mul(self._change, factor).add_(self._clean).clamp_(0, 1)
            levels = levels.mul_(255).round_().div_(255)
            found = similarity(self._clean, levels, self._ray.image)
            self._measured[factor] = float(found.mean.mean())
        self._latest = factor
        return self._measured[factor]

    def guess(self, target: float) -> float:
        """Guess the factor at which mean SSIM is ``target``; NaN where the ray gives none."""
        start, deficit = self._latest or 1.0, 1 - target
        if self._latest:
            deficit -= self._ray.mean(start) - self._measured[start]
        return self._ray.factor_of(deficit, start) if deficit > 0 else float("nan")


def shrink_to_8_bit(line: RoundedLine, floor: float | None) -> tuple[Image, float]:
    """Round to 8 bits, shrinking the perturbation until mean SSIM reaches a floor.

    Examples:
        >>> import torch
        >>> clean = torch.full((3, 16, 16), 0.2, dtype=torch.float64)  # grey level 51
        >>> shrink_to_8_bit(RoundedLine(clean, clean + 4 / 255), floor=0.999)[0][0, 0].tolist()
        [53, 53, 53]

    Args:
        line: the clean image and the perturbed one.
        floor: smallest mean SSIM allowed for the 8-bit image; None to round only.

    Returns:
        The image, uint8 (H, W, 3), and the factor in [0, 1] by which the perturbation was
        multiplied. It is 1 if that meets the floor, and otherwise a multiple of 2**-HALVINGS that
        meets the floor while the next larger multiple does not. With 0 the image is the clean one.
    """
    if floor is None or line.mean_ssim(1.0) >= floor + GUARD:
        return line.image(1.0), 1.0
    factor = _largest_factor(line, floor + GUARD)
    return line.image(factor), factor


def _largest_factor(line: RoundedLine, floor: float) -> float:
    """Return a multiple of 2**-HALVINGS that meets a floor while the next one does not.

    The ray suggests what to try; bisection takes over if that does not end the search.
    """
    steps = 1 << HALVINGS
    low, high = 0, steps
    guesses = GUESSES
    while high - low > 1:
        guess = line.guess(floor) * steps if guesses > 0 else float("nan")
        guesses -= 1
        middle = (low + high) // 2 if np.isnan(guess) else int(np.clip(guess, low, high - 1))
        trial = max(middle, low + 1)
        if line.mean_ssim(trial / steps) >= floor:
            low = trial
        else:
            high = trial
    return low / steps


class _ClosestImage:
    """The 8-bit image closest to a mean SSIM among those tried on a line."""

    def __init__(self, line: RoundedLine, target: float, tolerance: float) -> None:
        """Start with the clean image, which is the change times 0."""
        self.line, self.target, self.tolerance = line, target, tolerance
        self.factor, self.mean_ssim = 0.0, 1.0

    def excess(self, factor: float) -> float:
        """Try a factor; return by how much the root of the SSIM deficit exceeds its target.

        The SSIM deficit is 1 - SSIM. Its root is about linear in the factor.
        """
        reached = self.line.mean_ssim(factor)
        if abs(reached - self.target) < abs(self.mean_ssim - self.target):
            self.factor, self.mean_ssim = factor, reached
        if abs(reached - self.target) <= self.tolerance / 10:
            return 0.0
        return float(max(1 - reached, 0.0) ** 0.5 - (1 - self.target) ** 0.5)


def match_8_bit(line: RoundedLine, target: float, tolerance: float) -> tuple[Image, float, float]:
    """Find the 8-bit image closest to a mean SSIM, on the line from clean through adversarial.

    Examples:
        >>> import torch
        >>> clean = torch.full((3, 16, 16), 0.2, dtype=torch.float64)  # grey level 51
        >>> line = RoundedLine(clean, clean + 1 / 255)
        >>> image, scale, reached = match_8_bit(line, target=0.99, tolerance=1e-4)
        >>> image[0, 0].tolist(), round(reached, 3)
        ([59, 59, 59], 0.989)

    Args:
        line: the clean image and the perturbed one.
        target: the mean SSIM to approach.
        tolerance: the search ends within a tenth of this distance.

    Returns:
        The image, uint8 (H, W, 3); the factor by which the perturbation was multiplied, which may
        exceed 1, with values clipped to [0, 1]; and the mean SSIM of the image. The factor is 0 if
        the images are equal.
    """
    closest = _ClosestImage(line, target, tolerance)
    if not line.is_point and not _guess(closest):
        _search(closest)
    return line.image(closest.factor), closest.factor, closest.mean_ssim


def _guess(closest: _ClosestImage) -> bool:
    """Try factors that the ray suggests; return whether one comes close enough."""
    for _ in range(GUESSES):
        factor = closest.line.guess(closest.target)
        if not 0 < factor < LARGEST_FACTOR:
            return False
        if closest.excess(factor) == 0:
            return True
    return False


def _search(closest: _ClosestImage) -> None:
    """Enclose the factor between one too small and one too large, and narrow that down."""
    root = (1 - closest.target) ** 0.5
    low, high = 0.0, 1.0
    excess = closest.excess(high)
    while excess < 0 and high < LARGEST_FACTOR:
        growth = min(max(1.1 / (1 + excess / root + 1e-9), 1.1), 8.0)
        low, high = high, high * growth
        excess = closest.excess(high)
    if excess > 0:
        # Not finer: floating-point errors must not split a change by whole levels.
        brentq(closest.excess, low, high, xtol=1e-12, rtol=RESOLUTION, disp=False)
