"""Model Q linearised again and again at its own solution, until it meets the true constraint."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Certificate, bounds, join
from ssimball.ball.feasible import round_into_box
from ssimball.ball.scope import Scope
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ball.stopping import Stopped

#: Relative accuracy to which the true mean distance meets epsilon.
EQUALITY = 1e-3
#: Largest number of relinearisations.
ROUNDS = 20
#: Largest number of scalings towards the true distance; several where much of d is at the box.
SCALINGS = 50
#: Scaling stops at factors this close to 1, and shrinks by this much so that rounding stays inside.
ROUNDING = 1e-9
#: Enough doublings of ``ROUNDING`` to shrink a perturbation to 0, which lies in every ball.
SHRINKINGS = 32
#: Share of the gap that a round may leave; the rest is for the change of the denominators.
ROUND_SHARE = 0.5


@dataclass(frozen=True)
class RelinearisingSolver:
    """Maximise linear functions over model Q, relinearised until the true constraint is met.

    Model Q is solved, the denominators of r are evaluated at the solution, model Q is solved
    again, and so on. A fixed point d has a true mean distance of epsilon, unless the box or a local
    constraint keeps it below, and is the best point of the quadratic ball linearised at d. So its
    bound is that of ``ball.linearised_at(d)``, which anyone can build from what is stored. The
    bound says nothing about points where the denominators differ: the true ball is not convex.

    Attributes:
        ball: model Q around the clean images, (B, C, H, W).
    """

    ball: Ball

    def maximise(
        self,
        gradient: Tensor,
        *,
        gap: float = 1e-3,
        max_iterations: int = 2000,
        start: Certificate | None = None,
    ) -> Certificate:
        """Solve the problem for a batch, image by image.

        Args:
            gradient: of the loss to be increased, finite, (B, C, H, W); only its direction matters.
            gap: relative duality gap to reach.
            max_iterations: iteration limit of each round.
            start: certificate of a similar problem on the same images, to start from.

        Returns:
            The certificate. ``stopped`` is ``GAP`` where the gap is closed and the true distance is
            within ``EQUALITY`` of epsilon or kept below; ``ROUNDS`` where that was not reached;
            ``ZERO_GRADIENT`` where the gradient is 0.

        Raises:
            ValueError: the gradient is not finite.
        """
        certificates = []
        for i in range(len(self.ball.images)):
            image = torch.tensor([i], device=self.ball.images.device)
            selected = None if start is None else start.select(image)
            ball = self.ball.select(image)
            certificates.append(_solve(ball, gradient[image], gap, max_iterations, selected))
        return join(certificates).covering(Scope.of(self.ball, is_relinearised=True))


def _solve(
    ball: Ball, gradient: Tensor, gap: float, max_iterations: int, start: Certificate | None
) -> Certificate:
    """Solve one image, a batch of its own."""
    model = ball if start is None else ball.linearised_at(start.perturbation)
    iterations = torch.zeros(1, dtype=torch.int64)
    for _ in range(ROUNDS):
        certificate = BallSolver(model).maximise(
            gradient, gap=ROUND_SHARE * gap, max_iterations=max_iterations, start=start
        )
        iterations = iterations + certificate.iterations
        if certificate.stopped == [Stopped.ZERO_GRADIENT]:
            return certificate
        start, unused = _scaled_to_true_distance(ball, certificate)
        if float(start.gap) <= gap and (unused <= EQUALITY or _is_kept_below(ball, start)):
            return replace(start, iterations=iterations, stopped=[Stopped.GAP])
        model = ball.linearised_at(start.perturbation)
    assert start is not None
    return replace(start, iterations=iterations, stopped=[Stopped.ROUNDS])


def _is_kept_below(ball: Ball, certificate: Certificate) -> bool:
    """Return whether a local constraint or the box can keep the distance below epsilon."""
    return ball.local is not None or float(certificate.proof.multiplier) == 0


def _scaled_to_true_distance(ball: Ball, certificate: Certificate) -> tuple[Certificate, float]:
    """Scale a perturbation to the true distance, from below, and certify it in the ball there.

    Returns:
        The certificate of the ball linearised at the scaled perturbation, and the share of epsilon
        that is left unused.
    """
    d, scale = certificate.perturbation.double(), 1.0
    for _ in range(SCALINGS):
        factor = (ball.radius / _true_distance(ball, d)) ** 0.5
        # Not outwards against a local constraint; the box is respected in any case.
        factor = min(factor, 1.0) if ball.local is not None else factor
        d, scale = ball.project_box(factor * d), scale * factor
        if abs(factor - 1) < ROUNDING:
            break
    shrink = ROUNDING
    for _ in range(SHRINKINGS):
        d32 = round_into_box(ball, (1 - shrink) * d)
        used = _true_distance(ball, d32.double()) / ball.radius
        if used <= 1:
            break
        shrink = min(2 * shrink, 1.0)
    proof = replace(certificate.proof, multiplier=certificate.proof.multiplier / scale)
    primal, dual, gap = bounds(ball.linearised_at(d32), certificate.gradient, d32, proof)
    scaled = replace(certificate, perturbation=d32, proof=proof, primal=primal, dual=dual, gap=gap)
    return scaled, 1 - used


def _true_distance(ball: Ball, d: Tensor) -> float:
    """Return the sum of r for one image; positive."""
    return max(float(ball.linearised_at(d).distance(ball.change(d))), 1e-300)
