"""The quadratic form of model Q as an operator, on which the fast solver works.

d'Ad is the sum over windows of a V + b m², where V and m are the variance and mean of d in the
window. Hence A = Diag(W'a) + W' Diag(b - a) W.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ssimball.ssim.windows import Window


def inner(u: Tensor, v: Tensor) -> Tensor:
    """Return the inner product per image of two tensors (B, C, H, W), as (B,)."""
    return total(u * v)


def total(x: Tensor) -> Tensor:
    """Return the sum per image of a tensor (B, ...), as (B,)."""
    return x.flatten(1).sum(1)


@dataclass(frozen=True)
class QuadraticBall:
    """{ d : d'Ad <= radius, lower <= d <= upper } for a batch of images.

    Attributes:
        diagonal: W'a, (B, C, H, W).
        weight: b - a per window, (B, C, h, w).
        radius: one number for the whole batch.
        lower: least perturbation that the box allows, (B, C, H, W); at most 0.
        upper: largest perturbation that the box allows, (B, C, H, W); at least 0.
        window: where similarity is measured.
    """

    diagonal: Tensor
    weight: Tensor
    radius: float
    lower: Tensor
    upper: Tensor
    window: Window

    def to(self, dtype: torch.dtype) -> "QuadraticBall":
        """Return the same ball in another precision."""
        return self._map(lambda tensor: tensor.to(dtype))

    def select(self, images: Tensor) -> "QuadraticBall":
        """Return the ball of some images of the batch, given by their indices."""
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
        """Return A d, of the same shape as ``d`` (B, C, H, W)."""
        weighted = self.weight * self.window.mean(d)
        return self.diagonal * d + self.window.adjoint(weighted, d.shape[-2:])

    def majorant(self) -> Tensor:
        """Return the diagonal of a positive matrix M >= A, (B, C, H, W).

        M is a majorant because the rows of W sum to 1.
        """
        spread = self.window.adjoint(self.weight.clamp_min(0), self.diagonal.shape[-2:])
        # A is 0 at pixels that no window covers; any positive number will do there.
        return (self.diagonal + spread).clamp_min(1e-3)

    def project_box(self, d: Tensor) -> Tensor:
        """Return the nearest perturbation in the box."""
        return torch.minimum(torch.maximum(d, self.lower), self.upper)
