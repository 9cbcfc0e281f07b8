"""Proof of how good a perturbation is: a dual bound that anyone can evaluate again.

For a convex ball every multiplier gives an upper bound on <g, delta> over the whole ball (weak
duality): what the constraints let their multipliers gain, plus what the box lets the rest of the
gradient gain. With the notation of :mod:`ssimball.ball.ball`, at any d and with nu >= 0, per window
lambda >= 0 (structure) and y (luminance, of either sign):

    <g, delta> <= mean + local + sum_j max(r_j lower_j, r_j upper_j),   r = g - G

    mean, Q:  nu sqrt(R d'Ad), by Cauchy-Schwarz in A on <nu A d, delta>
    mean, S:  nu / 2 (<grad F, d> - F(d) + R), F being convex: its tangent at d lies below it
    local:    sum_w 2 lambda (k c - k² s2 + sqrt(D rho)) + max(y low, y high),

R the radius of the mean constraint, D the squared distance to a window's centre and rho its
squared radius: again Cauchy-Schwarz, in the window's weights. G gathers the gradients that belong
to these terms: nu A d or nu / 2 grad F, and of the local constraint 2 lambda times the gradient of
D / 2, and W'y.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.feasible import make_feasible
from ssimball.ball.quadratic import QuadraticBall, inner, total
from ssimball.ssim.index import ChangeStatistics


@dataclass(frozen=True)
class Proof:
    """What a bound is computed from.

    Attributes:
        multiplier: nu of the mean constraint, float64 (B,).
        windows: lambda and y per window, float32 (B, 2, C, h, w); None without a local constraint.
        tangent: where the bound is taken, float32 (B, C, H, W); None: at the perturbation itself.
    """

    multiplier: Tensor
    windows: Tensor | None = None
    tangent: Tensor | None = None


@dataclass(frozen=True)
class Certificate:
    """A feasible perturbation with its bound, for a batch, as it is stored.

    Attributes:
        gradient: float16 (B, C, H, W), the objective: the gradient over its largest magnitude.
        perturbation: float32 (B, C, H, W), feasible for the ball in float64.
        proof: what the bound is computed from.
        primal: <gradient, perturbation>, float64 (B,).
        dual: upper bound on that product over the whole ball, float64 (B,).
        gap: (dual - primal) / dual, float64 (B,); 0 where the gradient is 0.
        iterations: of the solver, int64 (B,).
        stopped: why the solver stopped, per image.
    """

    gradient: Tensor
    perturbation: Tensor
    proof: Proof
    primal: Tensor
    dual: Tensor
    gap: Tensor
    iterations: Tensor
    stopped: list[str]

    def select(self, images: Tensor) -> "Certificate":
        """Those of some images of the batch, by their numbers."""
        stopped = [self.stopped[int(i)] for i in images]
        # Iterations are counted on the CPU wherever the rest is.
        return _map([self], lambda parts: parts[0][images.to(parts[0].device)], stopped)


def bounds(
    ball: Ball, gradient: Tensor, perturbation: Tensor, proof: Proof
) -> tuple[Tensor, Tensor, Tensor]:
    """Primal value, dual bound and relative gap, float64 (B,) each.

    Args:
        ball: the ball. Model Q with denominators frozen again: frozen at this perturbation.
        gradient, perturbation: (B, C, H, W), of any precision.
        proof: multipliers nu and lambda below 0 give no bound, so they count as 0.
    """
    g, d = gradient.double(), perturbation.double()
    nu = proof.multiplier.double().clamp_min(0)
    if ball.is_quadratic:
        return quadratic_bounds(ball.quadratic, g, d, ball.quadratic.apply(d), nu)
    v = d if proof.tangent is None else proof.tangent.double()
    change = ball.change(v)
    windows = None if proof.windows is None else proof.windows.double()
    rest = g - lagrangian_gradient(ball, v, change, nu, windows)
    primal = inner(g, d)
    dual = _box_term(ball, rest) + constraint_terms(ball, change, nu, windows)
    return primal, dual, relative_gap(primal, dual)


def quadratic_bounds(
    ball: QuadraticBall, g: Tensor, d: Tensor, a_d: Tensor, multiplier: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """:func:`bounds` of model Q alone with A d at hand, in the precision of the ball."""
    box = _box_term(ball, g - multiplier.reshape(-1, 1, 1, 1) * a_d)
    quadratic = (ball.radius * inner(d, a_d).clamp_min(0)).sqrt()
    primal, dual = inner(g, d), multiplier * quadratic + box
    return primal, dual, relative_gap(primal, dual)


def _box_term(ball: Ball | QuadraticBall, rest: Tensor) -> Tensor:
    return total(torch.maximum(rest * ball.lower, rest * ball.upper))


def relative_gap(primal: Tensor, dual: Tensor) -> Tensor:
    """(dual - primal) / dual, 0 where dual is 0, (B,)."""
    # Not "where dual > 0": numbers that are none must not pass for a gap of 0.
    return torch.where(dual == 0, 0.0, (dual - primal) / dual)


def lagrangian_gradient(
    ball: Ball, d: Tensor, change: ChangeStatistics, nu: Tensor, windows: Tensor | None
) -> Tensor:
    """G of the module's text, float64 (B, C, H, W); ``windows`` float64."""
    mu, m = ball.statistics.mean, change.mean
    structure = of_image = of_mean = torch.zeros_like(m)
    if ball.mean is not None:
        a, b = (nu.reshape(-1, 1, 1, 1) * weight for weight in ball.weights(change))
        structure, of_mean = a, (b - a) * m
    if ball.mean == "S":
        a, b = ball.weights(change)
        of_image = structure * a * change.variance
        of_mean = of_mean + of_image * mu - nu.reshape(-1, 1, 1, 1) * b * b * m * m * mu
    if ball.local is not None and windows is not None:
        twice, y = 2 * windows[:, 0].clamp_min(0), windows[:, 1]
        structure, of_image = structure + twice, of_image + ball.local.k * twice
        of_mean = of_mean - twice * m + ball.local.k * twice * mu + y
    return gathered(ball, d, structure, of_image, of_mean)


def gathered(ball: Ball, d: Tensor, structure: Tensor, image: Tensor, mean: Tensor) -> Tensor:
    """Parts of a gradient at d, (B, C, H, W), from weights per window (B, C, h, w)."""
    spread = [ball.window.adjoint(weight, d.shape[-2:]) for weight in (structure, image, mean)]
    return spread[0] * d - spread[1] * ball.images + spread[2]


def constraint_terms(
    ball: Ball, change: ChangeStatistics, nu: Tensor, windows: Tensor | None
) -> Tensor:
    """The bound without its box, float64 (B,)."""
    bound = torch.zeros_like(nu)
    if ball.mean is not None:
        # A multiplier of 0 asks nothing of the constraint, even where it is not defined.
        bound = torch.where(nu > 0, nu * _mean_term(ball, change), bound)
    if ball.local is not None and windows is not None:
        k, low, high = ball.local.k, ball.local.low, ball.local.high
        inside, y = windows[:, 0].clamp_min(0), windows[:, 1]
        distance = ball.usage(change)[0].sqrt() * ball.local.radius
        support = k * change.covariance - k * k * ball.statistics.variance + distance
        luminance = torch.maximum(y * low, y * high)
        bound = bound + total(2 * inside * support + luminance)
    return bound


def _mean_term(ball: Ball, change: ChangeStatistics) -> Tensor:
    distance = ball.distance(change)
    if ball.mean == "Q":
        return (ball.radius * distance.clamp_min(0)).sqrt()
    a, b = ball.weights(change)
    m, mu = change.mean, ball.statistics.mean
    bent = a * a * change.variance * change.covariance + b * b * m**3 * mu
    # <grad F, d> = 2 F - 2 bent.
    return (distance + ball.radius) / 2 - total(bent)


def join(certificates: Sequence[Certificate]) -> Certificate:
    """One certificate of all their images, in order."""
    stopped = [reason for one in certificates for reason in one.stopped]
    return _map(certificates, torch.cat, stopped)


def _map(
    parts: Sequence[Certificate],
    change: Callable[[list[Tensor]], Tensor],
    stopped: list[str],
) -> Certificate:
    def field(name: str) -> Tensor:
        return change([getattr(part, name) for part in parts])

    def proven(name: str) -> Tensor | None:
        values = [getattr(part.proof, name) for part in parts]
        return None if any(value is None for value in values) else change(values)

    multiplier = change([part.proof.multiplier for part in parts])
    names = ("gradient", "perturbation", "primal", "dual", "gap", "iterations")
    return Certificate(
        **{name: field(name) for name in names},
        proof=Proof(multiplier, proven("windows"), proven("tangent")),
        stopped=stopped,
    )


def unit_gradient(gradient: Tensor) -> Tensor:
    """The gradient over its largest magnitude, float16 (B, C, H, W); 0 where it is 0.

    Raises:
        ValueError: the gradient is not finite.
    """
    largest = gradient.abs().flatten(1).amax(1).reshape(-1, 1, 1, 1)
    if not bool(largest.isfinite().all()):
        raise ValueError("the gradient is not finite")
    return (gradient / torch.where(largest > 0, largest, 1.0)).half()


def certify(ball: Ball, gradient: Tensor, perturbation: Tensor, proof: Proof) -> Certificate:
    """Certificate of a perturbation that need not be feasible yet.

    Nothing is said of iterations and stopping.
    """
    feasible, scale = make_feasible(ball, perturbation)
    if ball.is_quadratic:
        # The scaled perturbation with nu over the scale is the same point nu d of the dual.
        proof = Proof(proof.multiplier / scale)
    primal, dual, gap = bounds(ball, gradient, feasible, proof)
    none = torch.zeros(len(gradient), dtype=torch.int64)
    return Certificate(gradient, feasible, proof, primal, dual, gap, none, [])
