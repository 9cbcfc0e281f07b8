"""Rounding a perturbed image to the 8-bit image that is stored and judged."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import brentq
from torch import Tensor

from ssimball.attacks.rounded_line import RoundedLine
from ssimball.attacks.scale_search import search
from ssimball.ssim.similarity import Similarity

#: An 8-bit image, (H, W, C).
Image = NDArray[np.uint8]

#: Distance that mean SSIM keeps from its floor: closer, another machine could find it below.
GUARD = 1e-9
#: Share of the SSIM deficit allowed by a floor that a shrunk perturbation may leave unused.
SLACK = 1e-3


@dataclass(frozen=True)
class MatchedImage:
    """The 8-bit image that is closest to a mean SSIM.

    Attributes:
        image: uint8 (H, W, C).
        scale: the factor by which the perturbation was multiplied. It may exceed 1, with values
            clipped to [0, 1]; it is 0 if the clean and the perturbed image are equal.
        dithered: share of the image's values that are one level beyond the one that ``scale`` and
            rounding give.
        mean_ssim: the mean SSIM of the image.
        ssim: its similarity to the clean image; None if it is the clean image.
    """

    image: Image
    scale: float
    dithered: float
    mean_ssim: float
    ssim: Similarity | None


def shrink_to_8_bit(line: RoundedLine, floor: float | None) -> tuple[Image, float]:
    """Round to 8 bits, shrinking the perturbation until mean SSIM reaches a floor.

    Examples:
        >>> import torch
        >>> from ssimball.ssim.reference import Reference
        >>> clean = torch.full((3, 16, 16), 0.2, dtype=torch.float64)  # grey level 51
        >>> line = RoundedLine(Reference(clean), clean + 4 / 255)
        >>> shrink_to_8_bit(line, floor=0.999)[0][0, 0].tolist()
        [53, 53, 53]

    Args:
        line: the clean image and the perturbed one.
        floor: smallest mean SSIM allowed for the 8-bit image; None to round only.

    Returns:
        The image, uint8 (H, W, C), and the factor in [0, 1] by which the perturbation was
        multiplied. It is 1 if that meets the floor. Otherwise the image leaves at most ``SLACK`` of
        the allowed deficit unused or, where 8-bit levels prevent that, a factor larger by
        :data:`ssimball.attacks.scale_search.RESOLUTION` fails. With 0 the image is the clean one.
    """
    if floor is None:
        return line.image(1.0), 1.0
    allowed = max(1 - floor - GUARD, 0.0)
    if line.deficit(1.0) > allowed:
        search(line, (1 - SLACK) * allowed, allowed)
    factor = max(tried for tried, deficit in line.deficits.items() if deficit <= allowed)
    return line.image(factor), factor


def match_8_bit(
    line: RoundedLine, target: float, tolerance: float, rng: np.random.Generator
) -> MatchedImage:
    """Find an 8-bit image with a mean SSIM, on the line from clean through adversarial.

    Where no factor brings the rounded image within the tolerance, the last grey level is dithered:
    see :func:`_dither`.

    Examples:
        >>> import torch
        >>> from ssimball.ssim.reference import Reference
        >>> clean = torch.full((3, 16, 16), 0.2, dtype=torch.float64)  # grey level 51
        >>> line = RoundedLine(Reference(clean), clean + 1 / 255)
        >>> matched = match_8_bit(line, 0.99, 1e-4, np.random.default_rng(0))
        >>> np.unique(matched.image).tolist(), round(matched.mean_ssim, 3)
        ([58, 59], 0.99)

    Args:
        line: the clean image and the perturbed one.
        target: the mean SSIM to approach.
        tolerance: largest distance from the target that counts as met. The search ends within a
            tenth of it.
        rng: draws the thresholds of the dithering.

    Returns:
        The image, which meets the target unless no multiple of the perturbation is that far from
        the clean image.
    """
    goal, close = 1 - target, tolerance / 10
    low, high = (0.0, np.inf) if line.is_point else search(line, goal - close, goal + close)
    factor, deficit = min(line.deficits.items(), key=lambda tried: abs(tried[1] - goal))
    if abs(deficit - goal) > tolerance and high < np.inf:
        return _dither(line, (low, high), goal, close, rng)
    return MatchedImage(line.image(factor), factor, 0.0, 1 - deficit, line.similarity(factor))


@dataclass(frozen=True)
class _Mixture:
    """Mixtures of two images, each value with a fixed random threshold.

    Attributes:
        below: levels of the first image, (C, H, W).
        beyond: those of the second.
        thresholds: uniform in [0, 1), independent for each value of each channel.
    """

    below: Tensor
    beyond: Tensor
    thresholds: Tensor

    def levels(self, probability: float) -> Tensor:
        """Take the second image's level where the threshold is below a probability."""
        return torch.where(self.thresholds < probability, self.beyond, self.below)


def _dither(
    line: RoundedLine,
    neighbours: tuple[float, float],
    goal: float,
    close: float,
    rng: np.random.Generator,
) -> MatchedImage:
    """Mix two neighbouring images so that the SSIM deficit is between theirs.

    The values that take the level of the larger factor only become more with the probability, which
    is found by interpolation and bisection.

    Args:
        line: the images.
        neighbours: factors whose images differ by a level at most and enclose the goal.
        goal: the SSIM deficit to reach.
        close: the search ends within this distance of it.
        rng: draws the thresholds.
    """
    below, beyond = (line.levels(factor) for factor in neighbours)
    mixture = _Mixture(below, beyond, torch.from_numpy(rng.random(tuple(below.shape))))
    measured: dict[float, Similarity] = {}

    def excess(probability: float) -> float:
        if probability in (0.0, 1.0):
            return line.deficit(neighbours[int(probability)]) - goal
        measured[probability] = line.measure(mixture.levels(probability))
        distance = 1 - measured[probability].overall - goal
        return 0.0 if abs(distance) <= close else distance

    # More precisely, a probability would not even choose a single value.
    brentq(excess, 0.0, 1.0, xtol=1 / (4 * below.numel()), disp=False)
    best, ssim = min(measured.items(), key=lambda tried: abs(1 - tried[1].overall - goal))
    levels = mixture.levels(best)
    image = np.ascontiguousarray(levels.to(torch.uint8).permute(1, 2, 0).numpy())
    dithered = float((levels != below).double().mean())
    return MatchedImage(image, neighbours[0], dithered, ssim.overall, ssim)
