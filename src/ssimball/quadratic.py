"""The quadratic of model Q as an operator: what the fast solver works on.

d'Ad = sum over windows of a V + b m², with V and m the variance and mean of d in the window, so
A = Diag(W'a) + W' Diag(b - a) W.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ssimball.windows import SSIM_WINDOW, Window


def inner(u: Tensor, v: Tensor) -> Tensor:
    """Inner product per image: two (B, C, H, W) to (B,)."""
    return (u * v).flatten(1).sum(1)


@dataclass(frozen=True)
class QuadraticBall:
    """{ d : d'Ad <= radius, lower <= d <= upper } for a batch of images.

    Attributes:
        diagonal: W'a, (B, C, H, W).
        weight: b - a, per window, (B, C, h, w).
        radius: one number for the batch.
        lower, upper: box of the perturbation, (B, C, H, W); holds 0.
    """

    diagonal: Tensor
    weight: Tensor
    radius: float
    lower: Tensor
    upper: Tensor
    window: Window = SSIM_WINDOW

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
