"""One image's linear maximisation over a ball, as arrays."""

from dataclasses import dataclass

import numpy as np
import torch

from ssimball.ball.ball import Ball
from ssimball.ball.solvers.conic.matrices import Floats
from ssimball.ssim.index import C1, C2, image_statistics
from ssimball.ssim.windows import Window


@dataclass(frozen=True)
class Instance:
    """A linear maximisation over a ball; all arrays are float64 (C, H, W).

    Attributes:
        image: in [0, 1].
        gradient: the objective.
        lower: least perturbation, box and cap together; at most 0.
        upper: largest perturbation, box and cap together; at least 0.
        epsilon: radius.
        window: where similarity is measured.
    """

    image: Floats
    gradient: Floats
    lower: Floats
    upper: Floats
    epsilon: float
    window: Window

    @classmethod
    def of(cls, ball: Ball, gradient: Floats) -> "Instance":
        """Return the problem of a ball around one image, a batch of its own."""
        image, lower, upper = (t[0].numpy() for t in (ball.images, ball.lower, ball.upper))
        return cls(image, gradient, lower, upper, ball.epsilon, ball.window)

    @property
    def unit(self) -> float:
        """The change of d for a change of z by 1: the largest change that the bounds allow."""
        return float(max(self.upper.max(), -self.lower.min()))

    @property
    def radius(self) -> float:
        """Radius of the quadratic: epsilon times the number of windows and channels."""
        positions = [self.window.positions(side) for side in self.image.shape[1:]]
        return float(self.epsilon * len(self.image) * np.prod(positions))

    def statistics(self) -> tuple[Floats, Floats]:
        """Return mean and variance of the image in each window, (C, h, w) each."""
        statistics = image_statistics(torch.from_numpy(self.image), self.window)
        return statistics.mean.numpy(), statistics.variance.numpy()

    def weights(self) -> tuple[Floats, Floats]:
        """Return a and b of each window, (C, h, w) each."""
        mean, variance = self.statistics()
        return 1 / (2 * variance + C2), 1 / (2 * mean**2 + C1)
