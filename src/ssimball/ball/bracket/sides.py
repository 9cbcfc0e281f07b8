"""The two sides of a bracket, each computed from what is stored.

The objective is <g, d>, and the true ball is { d : sum of 1 - SSIM <= R, d in the box }.

    lower: <g, d> for d = clip(scale * point), which lies in the true ball.
    upper: nu / 2 (R + sum of excess) + sum_j max(r_j lower_j, r_j upper_j),  r = g - nu G,

for any nu >= 0 and any tangent, where G is half the gradient of the relaxation's terms there, and
excess bounds how far 1 - SSIM can lie below the linear function with that gradient
(:meth:`ssimball.ball.bracket.relaxation.Relaxation.excess`). docs/certificates.md proves it.
"""

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.bracket.constraint import deficit, half_gradient
from ssimball.ball.bracket.relaxation import Relaxation
from ssimball.ball.lagrangian import box_term
from ssimball.ball.quadratic import inner, total

#: Rounds of :func:`best_multiplier`; each leaves 0.62 of the interval.
MULTIPLIER_ROUNDS = 20
GOLDEN = (5**0.5 - 1) / 2


def inner_point(ball: Ball, point: Tensor, scale: Tensor) -> Tensor:
    """Return clip(scale * point), float64 (B, C, H, W).

    Args:
        ball: gives the box.
        point: of any precision, (B, C, H, W).
        scale: factor of each image, (B,).
    """
    return ball.project_box(scale.double().reshape(-1, 1, 1, 1) * point.double())


def total_deficit(ball: Ball, d: Tensor) -> Tensor:
    """Return the sum of 1 - SSIM over windows and channels, float64 (B,).

    Args:
        ball: gives the images and windows.
        d: perturbations (B, C, H, W).
    """
    return total(deficit(ball, ball.change(d)).value)


def lower_side(ball: Ball, gradient: Tensor, point: Tensor, scale: Tensor) -> tuple[Tensor, Tensor]:
    """Return <g, d> of the inner point, and whether that lies in the true ball, (B,) each.

    Args:
        ball: gives the images, windows, radius and box.
        gradient: the objective, (B, C, H, W).
        point: of any precision, (B, C, H, W).
        scale: factor of each image, (B,).
    """
    d = inner_point(ball, point, scale)
    return inner(gradient.double(), d), total_deficit(ball, d) <= ball.radius


class UpperSide:
    """The upper bound at a tangent, for any multiplier."""

    def __init__(self, relaxation: Relaxation, gradient: Tensor, tangent: Tensor) -> None:
        """Compute what does not depend on the multiplier.

        Args:
            relaxation: of the true ball.
            gradient: the objective, (B, C, H, W).
            tangent: where the relaxation is linearised, of any precision, (B, C, H, W).
        """
        self._ball, self._gradient = relaxation.ball, gradient.double()
        v = tangent.double()
        change = self._ball.change(v)
        self._explained = half_gradient(self._ball, v, change, relaxation.terms(change))
        self._budget = self._ball.radius + total(relaxation.excess(change))

    def bound(self, multiplier: Tensor) -> Tensor:
        """Return the bound, float64 (B,), for a multiplier (B,); below 0 it counts as 0."""
        nu = multiplier.double().clamp_min(0)
        remainder = self._gradient - nu.reshape(-1, 1, 1, 1) * self._explained
        return nu / 2 * self._budget + box_term(self._ball, remainder)

    def best_multiplier(self, guess: Tensor) -> Tensor:
        """Return the multiplier of the least bound up to twice a guess, (B,).

        The bound is convex in the multiplier; golden sections find its minimum.
        """
        low, high = torch.zeros_like(guess), 2 * guess
        for _ in range(MULTIPLIER_ROUNDS):
            width = GOLDEN * (high - low)
            left, right = high - width, low + width
            falling = self.bound(right) < self.bound(left)
            low, high = torch.where(falling, left, low), torch.where(falling, high, right)
        best = (low + high) / 2
        return torch.where(self.bound(torch.zeros_like(best)) <= self.bound(best), 0.0, best)
