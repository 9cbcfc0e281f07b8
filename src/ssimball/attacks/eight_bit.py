"""Rounding a perturbed image to the 8-bit image that is stored and judged."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import brentq
from torch import Tensor

from ssimball.ssim.reference import Reference
from ssimball.ssim.similarity import Similarity, similarity
from ssimball.storage.images import to_8_bit, to_levels

#: An 8-bit RGB image, (H, W, 3).
Image = NDArray[np.uint8]

#: Distance that mean SSIM keeps from its floor: closer, another machine could find it below.
GUARD = 1e-9
#: Share of the SSIM deficit allowed by a floor that a shrunk perturbation may leave unused.
SLACK = 1e-3
#: Largest factor by which a perturbation is multiplied to match a mean SSIM.
LARGEST_FACTOR = 1e4
#: Relative precision to which a factor is searched. Not finer: floating-point errors must not split
#: a change by whole levels.
RESOLUTION = 1e-4
#: Secant steps at most before the factor is enclosed.
SECANTS = 8


class RoundedLine:
    """The 8-bit images on the line from a clean image through a perturbed one.

    Each of them is measured once.
    """

    def __init__(self, clean: Reference, adversarial: Tensor) -> None:
        """Take the perturbation from the images.

        Args:
            clean: the clean image, multiples of 1/255.
            adversarial: float (3, H, W) in [0, 1], on any device.
        """
        self._clean = clean
        self._change = adversarial.double().cpu() - clean.image
        self._measured: dict[float, Similarity] = {}

    @property
    def is_point(self) -> bool:
        """Whether the two images are equal."""
        return not bool(self._change.any())

    @property
    def deficits(self) -> dict[float, float]:
        """The SSIM deficits measured so far, by factor; at 0, where nothing changes, it is 0."""
        return {0.0: 0.0} | {factor: 1 - ssim.overall for factor, ssim in self._measured.items()}

    def image(self, factor: float) -> Image:
        """Return the image at a multiple of the perturbation, uint8 (H, W, 3)."""
        return to_8_bit(self._at(factor))

    def deficit(self, factor: float) -> float:
        """Measure the SSIM deficit, 1 - mean SSIM, of :meth:`image`."""
        if not factor:
            return 0.0
        if factor not in self._measured:
            image, of_image = self._clean.image, self._clean.statistics_of_rgb
            levels = to_levels(self._at(factor)).div_(255)
            self._measured[factor] = similarity(image, levels, of_image)
        return 1 - self._measured[factor].overall

    def similarity(self, factor: float) -> Similarity | None:
        """Return the similarity of :meth:`image` to the clean image if it was measured."""
        return self._measured.get(factor)

    def _at(self, factor: float) -> Tensor:
        return torch.add(self._clean.image, self._change, alpha=factor)


def shrink_to_8_bit(line: RoundedLine, floor: float | None) -> tuple[Image, float]:
    """Round to 8 bits, shrinking the perturbation until mean SSIM reaches a floor.

    Examples:
        >>> import torch
        >>> clean = torch.full((3, 16, 16), 0.2, dtype=torch.float64)  # grey level 51
        >>> line = RoundedLine(Reference(clean), clean + 4 / 255)
        >>> shrink_to_8_bit(line, floor=0.999)[0][0, 0].tolist()
        [53, 53, 53]

    Args:
        line: the clean image and the perturbed one.
        floor: smallest mean SSIM allowed for the 8-bit image; None to round only.

    Returns:
        The image, uint8 (H, W, 3), and the factor in [0, 1] by which the perturbation was
        multiplied. It is 1 if that meets the floor. Otherwise the image leaves at most ``SLACK`` of
        the allowed deficit unused or, where 8-bit levels prevent that, a factor larger by
        ``RESOLUTION`` fails. With 0 the image is the clean one.
    """
    if floor is None:
        return line.image(1.0), 1.0
    allowed = max(1 - floor - GUARD, 0.0)
    if line.deficit(1.0) > allowed:
        _search(line, (1 - SLACK) * allowed, allowed)
    factor = max(tried for tried, deficit in line.deficits.items() if deficit <= allowed)
    return line.image(factor), factor


def match_8_bit(line: RoundedLine, target: float, tolerance: float) -> tuple[Image, float, float]:
    """Find the 8-bit image closest to a mean SSIM, on the line from clean through adversarial.

    Examples:
        >>> import torch
        >>> clean = torch.full((3, 16, 16), 0.2, dtype=torch.float64)  # grey level 51
        >>> line = RoundedLine(Reference(clean), clean + 1 / 255)
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
    goal, close = 1 - target, tolerance / 10
    if not line.is_point:
        _search(line, goal - close, goal + close)
    factor, deficit = min(line.deficits.items(), key=lambda tried: abs(tried[1] - goal))
    return line.image(factor), factor, 1 - deficit


def _search(line: RoundedLine, least: float, most: float) -> None:
    """Measure deficits at several factors, until one is from ``least`` to ``most``.

    The root of the deficit is about linear in the factor, so that secants of it need two or three
    steps from 1. They fail where 8-bit levels jump past the goal, or where clipping bends the line;
    then the factor is enclosed and narrowed down.
    """
    root = ((least + most) / 2) ** 0.5

    def excess(factor: float) -> float:
        deficit = max(line.deficit(factor), 0.0)
        return 0.0 if least <= deficit <= most else deficit**0.5 - root

    low, high = _secants(excess)
    while np.isinf(high) and low < LARGEST_FACTOR:
        factor = low * min(max(1.1, 1.1 / (1 + excess(low) / root + 1e-9)), 8.0)
        low, high = (low, factor) if excess(factor) >= 0 else (factor, high)
    if excess(low) < 0 < excess(high):
        brentq(excess, low, high, xtol=1e-12, rtol=RESOLUTION, disp=False)


def _secants(excess: Callable[[float], float]) -> tuple[float, float]:
    """Take secant steps to the root of an increasing function, from 0 and 1.

    Returns:
        The factors that enclose the root, the second one infinite if none was too large. Both are
        the root if a step met it.
    """
    low, high = 0.0, np.inf
    before, factor = 0.0, 1.0
    for _ in range(SECANTS):
        value = excess(factor)
        if value == 0:
            return factor, factor
        low, high = (factor, high) if value < 0 else (low, factor)
        rise = value - excess(before)
        step = value * (factor - before) / rise if rise else np.nan
        before, factor = factor, factor - step
        if not low < factor < min(high, LARGEST_FACTOR):
            break
    return low, high
