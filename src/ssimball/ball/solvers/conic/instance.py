"""One image's linear maximisation over a ball, as numbers."""

from dataclasses import dataclass

import numpy as np
import torch

from ssimball.ball.solvers.conic.matrices import Floats
from ssimball.ssim.index import C1, C2, image_statistics
from ssimball.ssim.windows import Window


@dataclass(frozen=True)
class Instance:
    """A linear maximisation over a ball, all arrays float64 (C, H, W).

    Attributes:
        image: in [0, 1].
        gradient: the objective.
        lower, upper: bounds of the perturbation, box and cap together; hold 0.
        epsilon: radius.
        window: where similarity is measured.
    """

    image: Floats
    gradient: Floats
    lower: Floats
    upper: Floats
    epsilon: float
    window: Window

    @property
    def unit(self) -> float:
        """Largest change the bounds allow: of d for each unit of z."""
        return float(max(self.upper.max(), -self.lower.min()))

    @property
    def radius(self) -> float:
        """Of the quadratic: epsilon times the number of windows and channels."""
        positions = [self.window.positions(side) for side in self.image.shape[1:]]
        return float(self.epsilon * len(self.image) * np.prod(positions))

    def statistics(self) -> tuple[Floats, Floats]:
        """Mean and variance of the image in each window, (C, h, w)."""
        found = image_statistics(torch.from_numpy(self.image), self.window)
        return found.mean.numpy(), found.variance.numpy()

    def weights(self) -> tuple[Floats, Floats]:
        """a and b of each window, (C, h, w)."""
        mean, variance = self.statistics()
        return 1 / (2 * variance + C2), 1 / (2 * mean**2 + C1)
