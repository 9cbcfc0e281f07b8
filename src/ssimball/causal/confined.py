"""An attack's step inside a region, brought to a mean SSIM as an 8-bit image."""

from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ssimball.attacks.ball_settings import ball_of
from ssimball.attacks.eight_bit import match_8_bit
from ssimball.attacks.rounded_line import RoundedLine
from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Certificate
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.ssim.reference import Reference

#: Largest number of further radii tried for the target.
CORRECTIONS = 5
#: Each radius aims at this much more than the deficit of the target: scaling down keeps to the box.
ABOVE = 1.03
#: A deficit of at most this much more than the target's is left to scaling.
CLOSE = 1.1
#: Largest factor of a correction, and largest radius.
LARGEST_CORRECTION, LARGEST_RADIUS = 16.0, 0.99


@dataclass(frozen=True)
class Target:
    """The mean SSIM of the stored image, and the largest distance from it that counts as met."""

    mean_ssim: float
    tolerance: float


@dataclass(frozen=True)
class ConfinedImage:
    """The 8-bit image of a step inside a region.

    Attributes:
        image: uint8 (H, W, 3).
        epsilon: radius of the ball that the perturbation comes from.
        scale: factor by which it was multiplied before rounding, about 1 at most.
        mean_ssim: mean SSIM of the image.
        matched: whether that is the target.
    """

    image: NDArray[np.uint8]
    epsilon: float
    scale: float
    mean_ssim: float
    matched: bool


@dataclass(frozen=True)
class ConfinedStep:
    """The step of an attack on one image, which may change one region of it.

    Attributes:
        clean: the image, float64 (C, H, W) in [0, 1], multiples of 1/255.
        gradient: of the loss at the image, (C, H, W).
        settings: of the attack.
    """

    clean: Tensor
    gradient: Tensor
    settings: SsimBallConfig
    _reference: Reference = field(init=False)

    def __post_init__(self) -> None:
        """Compute what all regions share."""
        object.__setattr__(self, "_reference", Reference(self.clean))

    def ball(self, epsilon: float) -> Ball:
        """Return the attack's ball around the image, with another radius."""
        return ball_of(self.clean[None], self.settings.with_budget(epsilon))

    def best(self, inside: Tensor, epsilon: float, start: Certificate | None = None) -> Certificate:
        """Return the best step inside a region, with its certificate.

        Args:
            inside: pixels that may change, bool (H, W).
            epsilon: radius of the ball.
            start: certificate for another radius.
        """
        return BallSolver(self.ball(epsilon).restricted_to(inside[None])).maximise(
            self.gradient[None],
            gap=self.settings.gap,
            max_iterations=self.settings.max_iterations,
            start=start,
        )

    def brought_to(
        self, target: Target, inside: Tensor, first: Certificate, rng: np.random.Generator
    ) -> ConfinedImage:
        """Return the 8-bit image that meets a mean SSIM, or the one closest to it in the box.

        The radius is corrected until the deficit is a little more than the target's; scaling down
        and dithering do the rest. No pixel leaves the box for the target's sake.

        Args:
            target: the mean SSIM.
            inside: pixels that may change, bool (H, W).
            first: the best step of the attack's own radius.
            rng: draws the thresholds of the dithering.
        """
        goal, epsilon, best = 1 - target.mean_ssim, self.settings.epsilon, first
        line = self._line(best)
        for _ in range(CORRECTIONS):
            deficit = line.deficit(1.0)
            is_corner = float(best.proof.multiplier) == 0 and self.settings.model != "L"
            if goal <= deficit <= CLOSE * goal or (deficit < goal and is_corner):
                break
            factor = np.clip(ABOVE * goal / max(deficit, 1e-12), 1 / LARGEST_CORRECTION, None)
            larger = epsilon * min(float(factor), LARGEST_CORRECTION)
            epsilon = min(larger, LARGEST_RADIUS)
            best = self.best(inside, epsilon, best)
            line = self._line(best)
        deficit = line.deficit(1.0)
        if line.is_point or deficit <= goal + target.tolerance:
            matched = abs(deficit - goal) <= target.tolerance
            return ConfinedImage(line.image(1.0), epsilon, 1.0, 1 - deficit, matched)
        found = match_8_bit(line, target.mean_ssim, target.tolerance, rng)
        matched = abs(found.mean_ssim - target.mean_ssim) <= target.tolerance
        return ConfinedImage(found.image, epsilon, found.scale, found.mean_ssim, matched)

    def _line(self, best: Certificate) -> RoundedLine:
        return RoundedLine(self._reference, self.clean + best.perturbation[0].to(torch.float64))
