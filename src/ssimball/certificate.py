"""Proof of how good a perturbation is: a dual bound that anyone can evaluate again.

For the quadratic ball and any nu >= 0, weak duality with z = nu d gives for every feasible delta

    <g, delta> <= nu sqrt(radius d'Ad) + sum_j max(r_j lower_j, r_j upper_j),   r = g - nu A d,

by Cauchy-Schwarz in the inner product of A (positive semidefinite) on <nu A d, delta>.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ssimball.ball import QuadraticBall, inner


@dataclass(frozen=True)
class Certificate:
    """A feasible perturbation with its bound, for a batch, as it is stored.

    Attributes:
        gradient: float16 (B, C, H, W), the objective: the gradient over its largest magnitude.
        perturbation: float32 (B, C, H, W), feasible for the ball in float64.
        multiplier: nu, float64 (B,).
        primal: <gradient, perturbation>, float64 (B,).
        dual: upper bound on that product over the whole ball, float64 (B,).
        gap: (dual - primal) / dual, float64 (B,); 0 where the gradient is 0.
        iterations: of the solver, int64 (B,).
        stopped: why the solver stopped, per image.
    """

    gradient: Tensor
    perturbation: Tensor
    multiplier: Tensor
    primal: Tensor
    dual: Tensor
    gap: Tensor
    iterations: Tensor
    stopped: list[str]


def bounds(
    ball: QuadraticBall, gradient: Tensor, perturbation: Tensor, multiplier: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Primal value, dual bound and relative gap, each (B,), in the precision of the ball.

    Args:
        ball: the ball; use one in float64 where the result is to be believed.
        gradient, perturbation: (B, C, H, W), of any precision.
        multiplier: nu >= 0, (B,); below 0 there is no bound, so it counts as 0.
    """
    g, d = gradient.to(ball.diagonal.dtype), perturbation.to(ball.diagonal.dtype)
    return bounds_from(ball, g, d, ball.apply(d), multiplier.to(g.dtype).clamp_min(0))


def bounds_from(
    ball: QuadraticBall, g: Tensor, d: Tensor, a_d: Tensor, multiplier: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """:func:`bounds` with A d already at hand."""
    r = g - multiplier.reshape(-1, 1, 1, 1) * a_d
    box = torch.maximum(r * ball.lower, r * ball.upper).flatten(1).sum(1)
    quadratic = (ball.radius * inner(d, a_d).clamp_min(0)).sqrt()
    primal, dual = inner(g, d), multiplier * quadratic + box
    # Not "where dual > 0": numbers that are none must not pass for a gap of 0.
    return primal, dual, torch.where(dual == 0, 0.0, (dual - primal) / dual)


def unit_gradient(gradient: Tensor) -> Tensor:
    """The gradient over its largest magnitude, float16 (B, C, H, W); 0 where it is 0.

    Raises:
        ValueError: the gradient is not finite.
    """
    if not bool(gradient.isfinite().all()):
        raise ValueError("the gradient is not finite")
    largest = gradient.abs().flatten(1).amax(1).reshape(-1, 1, 1, 1)
    return torch.where(largest > 0, gradient / largest, 0.0).half()


def certify(
    ball: QuadraticBall, gradient: Tensor, perturbation: Tensor, multiplier: Tensor
) -> tuple[Certificate, Tensor]:
    """Certificate of a perturbation that need not be feasible yet, in the precision of the ball.

    Returns:
        The certificate, with nothing said of iterations and stopping, and the factor (B,) by
        which the perturbation was made feasible.
    """
    feasible, scale = make_feasible(ball, perturbation)
    # The scaled perturbation with nu over the scale is the same point z = nu d of the dual.
    nu = multiplier / scale
    primal, dual, gap = bounds(ball, gradient, feasible, nu)
    none = torch.zeros(len(gradient), dtype=torch.int64)
    return Certificate(gradient, feasible, nu, primal, dual, gap, none, []), scale


def make_feasible(ball: QuadraticBall, perturbation: Tensor) -> tuple[Tensor, Tensor]:
    """The perturbation as float32 values that lie in the float64 ball exactly.

    float16 would not do: where the box is wide, the bound magnifies rounding errors of d.

    Returns:
        The float32 perturbation and the factor (B,) it was multiplied with.
    """
    d = perturbation.double()
    quadratic = inner(d, ball.apply(d))
    scale = (ball.radius / quadratic.clamp_min(1e-300)).sqrt().clamp_max(1.0)
    step = 1e-8
    while True:
        rounded = _round_into_box(ball, d * scale.reshape(-1, 1, 1, 1))
        inside = ball.contains(rounded.double())
        if bool(inside.all()):
            return rounded, scale
        scale = torch.where(inside, scale, scale * (1 - step))
        step = min(2 * step, 0.5)


def _round_into_box(ball: QuadraticBall, d: Tensor) -> Tensor:
    rounded = d.float()
    outside = (rounded > ball.upper) | (rounded < ball.lower)
    # The next float32 towards 0, for numbers next to 0 as well.
    return torch.where(outside, rounded.nextafter(torch.zeros_like(rounded)), rounded)
