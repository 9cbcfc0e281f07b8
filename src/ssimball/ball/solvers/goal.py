"""What a caller asks of a solver: a relative duality gap, within a number of iterations."""

from dataclasses import dataclass

from torch import Tensor

from ssimball.ball.certificate import BoundedPoint, Certificate
from ssimball.ball.stopping import Stopped

#: The iterations aim at this share of the requested gap: rounding in float32 costs a little.
SAFETY = 0.9


@dataclass(frozen=True)
class Goal:
    """When a solver stops.

    Attributes:
        gap: relative duality gap to reach.
        max_iterations: iteration limit.
    """

    gap: float
    max_iterations: int

    @property
    def safe_gap(self) -> float:
        """The gap to aim at, so that the certified one is at most ``gap``."""
        return SAFETY * self.gap

    def certificate(self, point: BoundedPoint, iterations: Tensor) -> Certificate:
        """Return the certificate of a solver that ended here, with its reason to stop.

        Args:
            point: where the solver ended.
            iterations: of each image, int64 (B,), on the CPU.
        """
        # Ten times as fast as comparing float16 values with 0.
        nonzero = point.gradient.abs().flatten(1).amax(1) > 0
        facts = (nonzero, point.gap <= self.gap, iterations == self.max_iterations)
        per_image = zip(*(fact.tolist() for fact in facts), strict=True)
        return point.certificate(iterations, [_reason(*image) for image in per_image])


def _reason(nonzero: bool, gap_reached: bool, limit_reached: bool) -> Stopped:
    if not nonzero:
        return Stopped.ZERO_GRADIENT
    if gap_reached:
        return Stopped.GAP
    return Stopped.ITERATIONS if limit_reached else Stopped.PRECISION
