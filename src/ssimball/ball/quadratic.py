"""The quadratic of model Q as an operator: what the fast solver works on.

d'Ad = sum over windows of a V + b m², with V and m the variance and mean of d in the window, so
A = Diag(W'a) + W' Diag(b - a) W.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ssimball.ssim.windows import SSIM_WINDOW, Window


def inner(u: Tensor, v: Tensor) -> Tensor:
    """Inner product per image: two (B, C, H, W) to (B,)."""
    return total(u * v)


def total(x: Tensor) -> Tensor:
    """Sum per image: (B, ...) to (B,)."""
    return x.flatten(1).sum(1)


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

    def majorant(self) -> Tensor:
        """Diagonal of a positive matrix M >= A, (B, C, H, W): W has rows that sum to 1."""
        spread = self.window.adjoint(self.weight.clamp_min(0), self.diagonal.shape[-2:])
        # A is 0 at pixels that no window covers; any positive number will do there.
        return (self.diagonal + spread).clamp_min(1e-3)

    def project_box(self, d: Tensor) -> Tensor:
        """Nearest perturbation in the box."""
        return torch.minimum(torch.maximum(d, self.lower), self.upper)
