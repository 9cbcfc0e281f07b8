"""Certificates: proofs of how good a perturbation is, by a dual bound that anyone can recompute.

For a convex ball every choice of multipliers gives an upper bound on <g, delta> over the whole ball
(weak duality): the most that the constraints allow on the part of g that the multipliers explain,
plus the most that the box allows on the remainder. In the notation of :mod:`ssimball.ball.ball`, at
any d, with nu >= 0 and per window lambda >= 0 (structure) and y (luminance, of either sign):

    <g, delta> <= mean + local + sum_j max(r_j lower_j, r_j upper_j),   r = g - G

    mean, Q:  nu sqrt(R d'Ad), by Cauchy-Schwarz in A on <nu A d, delta>
    mean, S:  nu / 2 (<grad F, d> - F(d) + R): F is convex, so its tangent at d lies below it
    local:    sum_w 2 lambda (k c - k² s2 + sqrt(D rho)) + max(y low, y high),

where R is the radius of the mean constraint, D the squared distance to a window's centre, and rho
its squared radius; the local term is Cauchy-Schwarz again, in the window's weights. G is the sum
of the gradients that belong to these terms: nu A d or nu / 2 grad F and, for the local
constraint, 2 lambda times the gradient of D / 2, and W'y.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.feasible import make_feasible
from ssimball.ball.lagrangian import box_term, constraint_terms, lagrangian_gradient
from ssimball.ball.quadratic import QuadraticBall, inner
from ssimball.ball.scope import Scope
from ssimball.ball.stopping import Stopped


@dataclass(frozen=True)
class Proof:
    """The numbers from which a dual bound is computed.

    Attributes:
        multiplier: nu of the mean constraint, float64 (B,).
        windows: lambda and y per window, float32 (B, 2, C, h, w); None without a local constraint.
        tangent: the point d of the bound, float32 (B, C, H, W); None for the perturbation itself.
    """

    multiplier: Tensor
    windows: Tensor | None = None
    tangent: Tensor | None = None


@dataclass(frozen=True)
class BoundedPoint:
    """A feasible perturbation with its dual bound, for a batch.

    Attributes:
        gradient: the objective, float16 (B, C, H, W): the gradient over its largest magnitude in
            the whole image, so that optima of different regions compare; 0 outside the region.
        perturbation: float32 (B, C, H, W), feasible for the ball in float64.
        proof: the numbers from which the bound is computed.
        primal: <gradient, perturbation>, float64 (B,).
        dual: upper bound on that product over the whole ball, float64 (B,).
        gap: (dual - primal) / dual, float64 (B,); 0 where the gradient is 0.
    """

    gradient: Tensor
    perturbation: Tensor
    proof: Proof
    primal: Tensor
    dual: Tensor
    gap: Tensor

    def certificate(self, iterations: Tensor, stopped: list[Stopped]) -> "Certificate":
        """Return the certificate of a solver that ended here."""
        return Certificate(**vars(self), iterations=iterations, stopped=stopped)


@dataclass(frozen=True)
class Certificate(BoundedPoint):
    """What a solver returns and tables store: a bounded point, and how the solver ended.

    Attributes:
        iterations: of the solver, int64 (B,), on the CPU.
        stopped: why the solver stopped, one reason per image.
        scope: what the certificate covers, the same for all images; None inside solvers, which
            learn it from their caller.
    """

    iterations: Tensor
    stopped: list[Stopped]
    scope: Scope | None = None

    def covering(self, scope: Scope) -> "Certificate":
        """Return the certificate with what it covers."""
        return replace(self, scope=scope)

    def bounded_point(self) -> BoundedPoint:
        """Return the perturbation with its bound, without how the solver ended."""
        return BoundedPoint(**{f.name: getattr(self, f.name) for f in fields(BoundedPoint)})

    def cpu(self) -> "Certificate":
        """Return the certificate on the CPU."""
        return _map([self], lambda parts: parts[0].cpu(), self.stopped)

    def select(self, images: Tensor) -> "Certificate":
        """Return the certificate of some images of the batch, given by their indices."""
        stopped = [self.stopped[int(i)] for i in images]
        # Iterations are on the CPU, whatever the device of the other tensors.
        return _map([self], lambda parts: parts[0][images.to(parts[0].device)], stopped)


def bounds(
    ball: Ball, gradient: Tensor, perturbation: Tensor, proof: Proof
) -> tuple[Tensor, Tensor, Tensor]:
    """Return primal value, dual bound and relative gap, float64 (B,) each.

    Examples:
        The mean in one window: every multiplier gives a bound, and the right one attains it.

        >>> import torch
        >>> from ssimball.ssim.windows import SSIM_WINDOW
        >>> grey = torch.full((1, 1, 11, 11), 0.5, dtype=torch.float64)
        >>> ball = Ball.around(grey, epsilon=0.01, tau=None, window=SSIM_WINDOW)
        >>> mean = ball.window.adjoint(torch.ones(1, 1, 1, 1).double(), (11, 11))
        >>> edge = (0.01 * (2 * 0.5**2 + 0.01**2)) ** 0.5
        >>> for nu in (0.0, 5.0, edge / 0.01, 10.0):
        ...     proof = Proof(torch.tensor([nu], dtype=torch.float64))
        ...     primal, dual, gap = bounds(ball, mean, torch.full_like(grey, edge), proof)
        ...     print(f"{float(primal):.3f} <= {float(dual):.3f}", bool(gap < 1e-9))
        0.071 <= 0.500 False
        0.071 <= 0.196 False
        0.071 <= 0.071 True
        0.071 <= 0.307 False

    Args:
        ball: the ball; for a relinearised model Q, linearised at this perturbation.
        gradient: the objective, (B, C, H, W), of any precision.
        perturbation: (B, C, H, W), of any precision.
        proof: multipliers nu and lambda below 0 give no bound, so they count as 0.
    """
    g, d = gradient.double(), perturbation.double()
    nu = proof.multiplier.double().clamp_min(0)
    if ball.is_quadratic:
        return quadratic_bounds(ball.quadratic, g, d, ball.quadratic.apply(d), nu)
    v = d if proof.tangent is None else proof.tangent.double()
    change = ball.change(v)
    windows = None if proof.windows is None else proof.windows.double()
    remainder = g - lagrangian_gradient(ball, v, change, nu, windows)
    primal = inner(g, d)
    dual = box_term(ball, remainder) + constraint_terms(ball, change, nu, windows)
    return primal, dual, relative_gap(primal, dual)


def quadratic_bounds(
    ball: QuadraticBall, g: Tensor, d: Tensor, a_d: Tensor, multiplier: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the :func:`bounds` of model Q for a given A d, in the precision of the ball."""
    box = box_term(ball, g - multiplier.reshape(-1, 1, 1, 1) * a_d)
    quadratic = (ball.radius * inner(d, a_d).clamp_min(0)).sqrt()
    primal, dual = inner(g, d), multiplier * quadratic + box
    return primal, dual, relative_gap(primal, dual)


def relative_gap(primal: Tensor, dual: Tensor) -> Tensor:
    """Return (dual - primal) / dual, (B,); 0 where dual is 0, and 1 where it is infinite."""
    # Not "where dual > 0": NaN must not pass for a gap of 0.
    gap = torch.where(dual == 0, 0.0, (dual - primal) / dual)
    return torch.where(dual.isposinf(), 1.0, gap)


def join(certificates: Sequence[Certificate]) -> Certificate:
    """Return one certificate of all images of several, in order."""
    stopped = [reason for certificate in certificates for reason in certificate.stopped]
    return _map(certificates, torch.cat, stopped)


def _map(
    parts: Sequence[Certificate],
    change: Callable[[list[Tensor]], Tensor],
    stopped: list[Stopped],
) -> Certificate:
    """Apply ``change`` to the tensors of the same name; a part of a proof only if all have it."""

    def field(name: str) -> Tensor:
        return change([getattr(part, name) for part in parts])

    def proof_field(name: str) -> Tensor | None:
        values = [getattr(part.proof, name) for part in parts]
        return None if any(value is None for value in values) else change(values)

    multiplier = change([part.proof.multiplier for part in parts])
    names = ("gradient", "perturbation", "primal", "dual", "gap", "iterations")
    return Certificate(
        **{name: field(name) for name in names},
        proof=Proof(multiplier, proof_field("windows"), proof_field("tangent")),
        stopped=stopped,
        scope=parts[0].scope,
    )


def unit_gradient(gradient: Tensor) -> Tensor:
    """Return the gradient over its largest magnitude, float16 (B, C, H, W); 0 where it is 0.

    Raises:
        ValueError: the gradient is not finite.
    """
    largest = gradient.abs().flatten(1).amax(1).reshape(-1, 1, 1, 1)
    if not bool(largest.isfinite().all()):
        raise ValueError("the gradient is not finite")
    # Contiguous whatever the network's layout: solvers are compiled for one layout each.
    return (gradient / torch.where(largest > 0, largest, 1.0)).half().contiguous()


def bounded_point(ball: Ball, gradient: Tensor, perturbation: Tensor, proof: Proof) -> BoundedPoint:
    """Make a perturbation feasible and bound it.

    Args:
        ball: the ball.
        gradient: the objective as it is stored, float16 (B, C, H, W).
        perturbation: (B, C, H, W); need not be feasible.
        proof: belongs to the perturbation before it is made feasible.
    """
    feasible, scale = make_feasible(ball, perturbation)
    if ball.is_quadratic:
        # The scaled perturbation with nu over the scale is the same dual point nu d.
        proof = Proof(proof.multiplier / scale)
    primal, dual, gap = bounds(ball, gradient, feasible, proof)
    return BoundedPoint(gradient, feasible, proof, primal, dual, gap)
