"""The constraint of model L."""

from dataclasses import dataclass

from torch import Tensor

from ssimball.ssim.index import C1, C2, ImageStatistics


@dataclass(frozen=True)
class LocalConstraint:
    """Model L as a ball and an interval in each window; tensors are (B, C, h, w).

    Attributes:
        k: e / (1 - e).
        radius: squared radius of |d - m - k (x - mu)|.
        low: least mean m.
        high: largest mean m.
    """

    k: float
    radius: Tensor
    low: Tensor
    high: Tensor

    @classmethod
    def of(cls, image: ImageStatistics, e: float) -> "LocalConstraint":
        """Return the constraint around images with the radius ``e``, between 0 and 1."""
        mu, s2, k = image.mean, image.variance, e / (1 - e)
        half_width = (k * (2 * mu * mu + C1) + k * k * mu * mu).sqrt()
        radius = k * (2 * s2 + C2) + k * k * s2
        return cls(k, radius, k * mu - half_width, k * mu + half_width)
