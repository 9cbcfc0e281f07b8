"""The least distortion that a near-optimal perturbation must spend inside a region, bounded.

Let A be the matrix of model Q, whose quadratic d'Ad is a sum over windows, and T its part from the
windows whose centre lies in the region. For a ball of radius R, an objective g and a level c:

    min d'Td   subject to   <g, d> >= c,   d'Ad <= R,   lower <= d <= upper.

With lambda, nu >= 0, any z and M = T + nu A, every d that satisfies the constraints has (weak
duality)

    d'Td >= d'Md + lambda (c - <g, d>) - nu R
         >= lambda c - nu R - z'Mz + sum_j min over [lower_j, upper_j] of (2 M z - lambda g)_j d_j,

since d'Md >= 2 <M z, d> - z'Mz. :mod:`ssimball.ball.solvers.least_inside` finds good multipliers
and points; the bound holds for any.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.lagrangian import box_term
from ssimball.ball.quadratic import QuadraticBall, inner
from ssimball.ssim.windows import Window


def windows_inside(inside: Tensor, window: Window) -> Tensor:
    """Return which windows have their centre in a region.

    The centre of a window of even size is the pixel below and to the right of its middle.

    Args:
        inside: pixels of the region, bool (H, W).
        window: where similarity is measured.

    Returns:
        bool (h, w), one for each position of the window.
    """
    first = window.size // 2 - window.margin
    rows, columns = (
        first + window.stride * torch.arange(window.positions(side)) for side in inside.shape
    )
    return inside[rows][:, columns]


@dataclass(frozen=True)
class Proof:
    """The numbers from which the lower bound is computed.

    Attributes:
        scale: lambda; below 0 it gives no bound, so it counts as 0.
        multiplier: nu; likewise.
        tangent: z, float32 (1, C, H, W).
    """

    scale: float
    multiplier: float
    tangent: Tensor


@dataclass(frozen=True)
class Measured:
    """A perturbation with its objective and both quadratics.

    Attributes:
        d: the perturbation, float64 (1, C, H, W).
        t_d: T d.
        a_d: A d.
    """

    d: Tensor
    t_d: Tensor
    a_d: Tensor

    def with_other(self, other: "Measured") -> tuple[float, float]:
        """Return d'Te and d'Ae for another perturbation e."""
        return float(inner(self.d, other.t_d)), float(inner(self.d, other.a_d))

    @property
    def inside(self) -> float:
        """The distortion inside the region, d'Td."""
        return self.with_other(self)[0]

    @property
    def total(self) -> float:
        """The whole distortion, d'Ad."""
        return self.with_other(self)[1]


@dataclass(frozen=True)
class InsideProblem:
    """The problem of the module's docstring, for one image.

    Attributes:
        whole: A, R and the box, float64.
        part: T with the same radius and box.
        gradient: g, float64 (1, C, H, W).
        level: c.
    """

    whole: QuadraticBall
    part: QuadraticBall
    gradient: Tensor
    level: float

    @classmethod
    def of(cls, ball: Ball, gradient: Tensor, inside: Tensor, level: float) -> "InsideProblem":
        """Set up the problem.

        Args:
            ball: model Q around one image.
            gradient: g, (1, C, H, W).
            inside: pixels of the region, bool (H, W).
            level: c.

        Raises:
            ValueError: the ball has another model or several images.
        """
        if not ball.is_quadratic or len(ball.images) != 1:
            raise ValueError("the least distortion inside a region needs model Q around one image")
        a, b = (1 / d * windows_inside(inside, ball.window) for d in ball.denominators)
        diagonal = ball.window.adjoint(a, ball.images.shape[-2:])
        whole, box = ball.quadratic, (ball.lower, ball.upper)
        part = QuadraticBall(diagonal, b - a, ball.radius, *box, ball.window)
        return cls(whole, part, gradient.double(), level)

    def combined(self, nu: float, radius: float) -> QuadraticBall:
        """Return { d : d'(T + nu A)d <= radius } with the box."""
        t, a = self.part, self.whole
        weights = t.diagonal + nu * a.diagonal, t.weight + nu * a.weight
        return QuadraticBall(*weights, radius, a.lower, a.upper, a.window)

    def measure(self, d: Tensor) -> Measured:
        """Return a perturbation (1, C, H, W) with its products."""
        exact = d.double()
        return Measured(exact, self.part.apply(exact), self.whole.apply(exact))

    def reached(self, d: Tensor) -> float:
        """Return <g, d>."""
        return float(inner(self.gradient, d))

    def lower_bound(self, proof: Proof) -> float:
        """Return the lower bound on d'Td; negative where it says nothing."""
        return self.bound_at(proof, self.measure(proof.tangent))

    def bound_at(self, proof: Proof, z: Measured) -> float:
        """Return the lower bound for a tangent whose products are known."""
        scale, nu = max(proof.scale, 0.0), max(proof.multiplier, 0.0)
        box = float(box_term(self.whole, scale * self.gradient - 2 * (z.t_d + nu * z.a_d)))
        return scale * self.level - nu * self.whole.radius - z.inside - nu * z.total - box
