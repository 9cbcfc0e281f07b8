"""The SSIM ball, model Q: Brunet's distance with its denominators frozen at the clean image.

B = { d : d'Ad <= eps N, lower <= d <= upper } with N windows times channels,
A = Diag(W'a) + W' Diag(b - a) W, a = 1 / (2 s2 + C2), b = 1 / (2 mu² + C1).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ssimball.ssim import C1, C2, image_statistics
from ssimball.windows import SSIM_WINDOW, Window


def inner(u: Tensor, v: Tensor) -> Tensor:
    """Inner product per image: two (B, C, H, W) to (B,)."""
    return (u * v).flatten(1).sum(1)


@dataclass(frozen=True)
class QuadraticBall:
    """Model Q for a batch of images.

    Attributes:
        diagonal: W'a, (B, C, H, W).
        weight: b - a, per window, (B, C, h, w).
        radius: eps N, one number for the batch.
        lower, upper: box of the perturbation, (B, C, H, W); holds 0.
    """

    diagonal: Tensor
    weight: Tensor
    radius: float
    lower: Tensor
    upper: Tensor
    window: Window = SSIM_WINDOW

    @classmethod
    def around(
        cls,
        images: Tensor,
        epsilon: float,
        tau: float | None,
        dtype: torch.dtype = torch.float64,
        window: Window = SSIM_WINDOW,
    ) -> "QuadraticBall":
        """The ball around images float64 (B, C, H, W) in [0, 1].

        Args:
            epsilon: mean of Brunet's squared distance allowed over windows and channels.
            tau: cap on |d|, in units of the image; None for no cap.
            dtype: of the ball's tensors; the statistics behind them are taken in float64.
            window: where similarity is measured.
        """
        x = images.double()
        statistics = image_statistics(x, window)
        a = 1 / (2 * statistics.variance + C2)
        b = 1 / (2 * statistics.mean**2 + C1)
        cap = float("inf") if tau is None else tau
        return cls(
            diagonal=window.adjoint(a, x.shape[-2:]).to(dtype),
            weight=(b - a).to(dtype),
            radius=epsilon * a[0].numel(),
            lower=(-x).clamp_min(-cap).to(dtype),
            upper=(1 - x).clamp_max(cap).to(dtype),
            window=window,
        )

    def to(self, dtype: torch.dtype) -> "QuadraticBall":
        """The same ball in another precision."""
        return self._map(lambda tensor: tensor.to(dtype))

    def select(self, images: Tensor) -> "QuadraticBall":
        """The ball of some images of the batch, by their numbers."""
        return self._map(lambda tensor: tensor[images])

    def _map(self, change: Callable[[Tensor], Tensor]) -> "QuadraticBall":
        return replace(
            self,
            diagonal=change(self.diagonal),
            weight=change(self.weight),
            lower=change(self.lower),
            upper=change(self.upper),
        )

    def apply(self, d: Tensor) -> Tensor:
        """A d, same shape as d (B, C, H, W)."""
        weighted = self.weight * self.window.mean(d)
        return self.diagonal * d + self.window.adjoint(weighted, d.shape[-2:])

    def dense_weight(self) -> Tensor:
        """``weight`` at every position of stride 1, zero between those of the window's stride."""
        stride, (height, width) = self.window.stride, self.diagonal.shape[-2:]
        reach = self.window.size - 1
        dense = self.weight.new_zeros(*self.weight.shape[:2], height - reach, width - reach)
        dense[..., ::stride, ::stride] = self.weight
        return dense

    def majorant(self) -> Tensor:
        """Diagonal of a positive matrix M >= A, (B, C, H, W): W has rows that sum to 1."""
        spread = self.window.adjoint(self.weight.clamp_min(0), self.diagonal.shape[-2:])
        # A is 0 at pixels that no window covers; any positive number will do there.
        return (self.diagonal + spread).clamp_min(1e-3)

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
