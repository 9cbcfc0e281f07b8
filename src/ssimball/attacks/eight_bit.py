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
#: Guesses of a factor before a search that needs none, when shrinking and when matching.
SHRINKING_GUESSES, MATCHING_GUESSES = 16, 6
#: Steps between two factors below which halving ends a search sooner than guesses, which single
#: pixels mislead there.
NARROW = 16
#: Relative distance of two factors from which a slope of SSIM is taken. Between closer ones, single
#: pixels that round to another level would disturb it.
APART = 1e-3


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
        """Guess the factor at which mean SSIM is ``target``; NaN where there is no guess.

        The first two guesses come from the ray, later ones from a secant of measured values.
        """
        goal = max(1 - target, 0.0)
        latest = self._latest
        if not latest:
            return self._ray.factor_of(goal, 1.0)
        far = [t for t in self._measured if abs(t - latest) >= APART * latest]
        if not far:
            goal -= self._ray.mean(latest) - self._measured[latest]
            return self._ray.factor_of(goal, latest) if goal > 0 else float("nan")
        # The root of the deficit is about linear in the factor.
        root, root_far = (max(1 - self._measured[t], 0.0) ** 0.5 for t in (latest, far[-1]))
        slope = (root - root_far) / (latest - far[-1])
        return latest + (goal**0.5 - root) / slope if slope > 0 else float("nan")


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

    Each trial is where the floor is expected. After several trials on the same side of the floor,
    the next one goes further, so that trials on both sides enclose the factor. Bisection ends the
    search once they are close, or if that takes too long.
    """
    steps = 1 << HALVINGS
    low, high, side, on_one_side = 0, steps, -1, 1
    trials = 0
    while high - low > 1:
        guessing = trials < SHRINKING_GUESSES and high - low > NARROW
        guess = line.guess(floor) * steps if guessing else float("nan")
        further = side * (2**on_one_side // 4)
        expected = (low + high) // 2 if np.isnan(guess) else int(np.clip(guess, 0, steps)) + further
        trial = min(max(expected, low + 1), high - 1)
        meets = line.mean_ssim(trial / steps) >= floor
        low, high = (trial, high) if meets else (low, trial)
        on_one_side = on_one_side + 1 if meets == (side > 0) else 1
        side = 1 if meets else -1
        trials += 1
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
    for _ in range(MATCHING_GUESSES):
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
