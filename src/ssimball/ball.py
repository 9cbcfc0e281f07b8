"""The SSIM ball, model Q: Brunet's distance with its denominators frozen at the clean image.

B = { d : d'Ad <= eps N, lower <= d <= upper } with N windows times channels,
A = Diag(W'a) + W' Diag(b - a) W, a = 1 / (2 s2 + C2), b = 1 / (2 mu² + C1).
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ssimball.ssim import C1, C2, image_statistics
from ssimball.windows import window_for


def inner(u: Tensor, v: Tensor) -> Tensor:
    """Inner product per image: two (B, C, H, W) to (B,)."""
    return (u * v).flatten(1).sum(1)


@dataclass(frozen=True)
class QuadraticBall:
    """Model Q for a batch of images.

    Attributes:
        diagonal: W'a, (B, C, H, W).
        weight: b - a, per window, (B, C, H - 10, W - 10).
        radius: eps N, one number for the batch.
        lower, upper: box of the perturbation, (B, C, H, W); holds 0.
    """

    diagonal: Tensor
    weight: Tensor
    radius: float
    lower: Tensor
    upper: Tensor

    @classmethod
    def around(
        cls,
        images: Tensor,
        epsilon: float,
        tau: float | None,
        dtype: torch.dtype = torch.float64,
    ) -> "QuadraticBall":
        """The ball around images float64 (B, C, H, W) in [0, 1].

        Args:
            epsilon: mean of Brunet's squared distance allowed over windows and channels.
            tau: cap on |d|, in units of the image; None for no cap.
            dtype: of the ball's tensors; the statistics behind them are taken in float64.
        """
        x = images.double()
        statistics = image_statistics(x)
        a = 1 / (2 * statistics.variance + C2)
        b = 1 / (2 * statistics.mean**2 + C1)
        cap = float("inf") if tau is None else tau
        return cls(
            diagonal=window_for(x).adjoint(a).to(dtype),
            weight=(b - a).to(dtype),
            radius=epsilon * a[0].numel(),
            lower=(-x).clamp_min(-cap).to(dtype),
            upper=(1 - x).clamp_max(cap).to(dtype),
        )

    def apply(self, d: Tensor) -> Tensor:
        """A d, same shape as d (B, C, H, W)."""
        window = window_for(d)
        return self.diagonal * d + window.adjoint(self.weight * window.mean(d))

    def majorant(self) -> Tensor:
        """Diagonal of a matrix M >= A, (B, C, H, W): W has rows that sum to 1."""
        window = window_for(self.diagonal)
        return self.diagonal + window.adjoint(self.weight.clamp_min(0))

    def project_box(self, d: Tensor) -> Tensor:
        """Nearest perturbation in the box."""
        return torch.minimum(torch.maximum(d, self.lower), self.upper)

    def contains(self, d: Tensor, tolerance: float = 0.0) -> Tensor:
        """Whether d lies in the model's ball and box, (B,) bool.

        ``tolerance`` is relative for the quadratic and absolute for the box.
        """
        quadratic = inner(d, self.apply(d)) <= self.radius * (1 + tolerance)
        outside = torch.maximum(self.lower - d, d - self.upper).flatten(1).amax(1)
        return quadratic & (outside <= tolerance)
