"""The fast, certified solver: maximise a linear function over the SSIM ball.

It solves max <g, d> over the ball of :mod:`ssimball.ball.ball`. Model Q alone is one quadratic and
a box; it is solved in :mod:`ssimball.ball.solvers.projected_cg`, by compiled code on the CPU
(``compiled_solver``) and in torch on other devices (``precisions``). On the CPU model S alone is
solved by :mod:`ssimball.ball.solvers.safe`, and L alone with a cap by
:mod:`ssimball.ball.solvers.local`. All other balls, and what those leave open, are solved in
:mod:`ssimball.ball.solvers.windowed`.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import (
    BoundedPoint,
    Certificate,
    Proof,
    bounds,
    join,
    unit_gradient,
)
from ssimball.ball.feasible import round_into_box
from ssimball.ball.scope import Scope
from ssimball.ball.solvers import local, windowed
from ssimball.ball.solvers.goal import Goal
from ssimball.ball.solvers.projected_cg.compiled_solver import CompiledSolver
from ssimball.ball.solvers.projected_cg.precisions import best_corner, maximise_in_torch
from ssimball.ball.solvers.safe import SafeSolver
from ssimball.ball.stopping import Stopped


@dataclass(frozen=True)
class BallSolver:
    """Maximise linear functions over one ball, with a certificate in float64.

    Examples:
        >>> import torch
        >>> grey = torch.full((1, 1, 12, 12), 0.5, dtype=torch.float64)
        >>> ball = Ball.around(grey, epsilon=0.01, tau=8 / 255, model="S")
        >>> certificate = BallSolver(ball).maximise(torch.ones_like(grey), gap=1e-3)
        >>> certificate.stopped[0].value, bool(certificate.gap <= 1e-3)
        ('gap', True)
        >>> ball.contains(certificate.perturbation).tolist()
        [True]

    Attributes:
        ball: around the clean images, (B, C, H, W).
        reuse_preparation: keep what the compiled code prepares from each image for later calls of
            ``maximise``. It takes about 10 MB for an RGB image of 224 x 224.
    """

    ball: Ball
    reuse_preparation: bool = False

    def maximise(
        self,
        gradient: Tensor,
        *,
        gap: float = 1e-3,
        max_iterations: int = 2000,
        start: Certificate | None = None,
    ) -> Certificate:
        """Solve the problem for a batch and certify the solution in float64.

        Args:
            gradient: of the loss to be increased, finite, (B, C, H, W); only its direction matters.
            gap: relative duality gap to reach.
            max_iterations: iteration limit.
            start: certificate of a similar problem on the same images, to start from.

        Returns:
            The certificate. ``stopped`` is ``GAP`` where the certified gap is at most the requested
            one; ``ITERATIONS`` where the limit was reached first; ``PRECISION`` where float32
            reported a closed gap that float64 does not confirm (radii near 1e-5, flat images
            without a cap); ``ZERO_GRADIENT`` where the gradient is 0.

        Raises:
            ValueError: the gradient is not finite.
        """
        goal = Goal(gap, max_iterations)
        return self._maximise(gradient, goal, start).covering(Scope.of(self.ball))

    def _maximise(self, gradient: Tensor, goal: Goal, start: Certificate | None) -> Certificate:
        on_cpu = gradient.device.type == "cpu"
        if on_cpu and self.ball.is_quadratic and self.ball.expansion_point is None:
            return self._maximise_compiled(gradient, goal, start)
        if on_cpu and self.ball.mean == "S" and self.ball.local is None:
            return self._finished(self._safe.maximise(gradient, goal, start), goal)
        g16 = self.ball.inside_region(unit_gradient(gradient))
        if self.ball.is_quadratic:
            # float32 is fast; on flat images it can report a closed gap that float64 does not.
            precisions = (torch.float32, torch.float64)
            return maximise_in_torch(self.ball, g16, goal, start, precisions)
        first = _first_point(self.ball, g16)
        if on_cpu and self.ball.mean is None and self.ball.cap < 1:
            return self._finished(local.maximise(self.ball, first, goal, start), goal)
        return windowed.maximise(self.ball, first, goal, start)

    def at_radius(self, ball: Ball) -> "BallSolver":
        """Return the solver of a ball that differs in its radius alone; it shares the images."""
        solver = BallSolver(ball, self.reuse_preparation)
        if "_compiled" in vars(self):
            vars(solver)["_compiled"] = self._compiled.at_radius(ball)
        return solver

    @cached_property
    def _compiled(self) -> CompiledSolver:
        return CompiledSolver(self.ball, self.reuse_preparation)

    @cached_property
    def _safe(self) -> SafeSolver:
        return SafeSolver(self.ball, self.reuse_preparation)

    def _finished(self, fast: Certificate, goal: Goal) -> Certificate:
        """Go on from where a fast solver left the gap open, one image after the other."""
        certificates = []
        for i, (gap, iterations) in enumerate(zip(fast.gap, fast.iterations, strict=True)):
            found, left = fast.select(torch.tensor([i])), goal.max_iterations - int(iterations)
            if float(gap) > goal.gap and left > 0:
                ball = self.ball.select(torch.tensor([i]))
                point = found.bounded_point()
                more = windowed.maximise(ball, point, Goal(goal.gap, left), found)
                found = replace(more, iterations=more.iterations + iterations)
            certificates.append(found)
        return join(certificates)

    def _maximise_compiled(
        self, gradient: Tensor, goal: Goal, start: Certificate | None
    ) -> Certificate:
        """Solve in float32, and solve again in float64 where the precision did not suffice."""
        fast = self._compiled.maximise(gradient, goal, start)
        imprecise = torch.tensor([reason is Stopped.PRECISION for reason in fast.stopped])
        if not bool(imprecise.any()):
            return fast
        open_images, solved = imprecise.nonzero()[:, 0], (~imprecise).nonzero()[:, 0]
        precise = maximise_in_torch(
            self.ball.select(open_images),
            fast.gradient[open_images],
            goal,
            None if start is None else start.select(open_images),
            (torch.float64,),
        )
        order = torch.cat([solved, open_images]).argsort()
        return join([fast.select(solved), precise]).select(order)


def _first_point(ball: Ball, g16: Tensor) -> BoundedPoint:
    """Return the best corner of the box where it lies in the ball, otherwise 0, with a bound.

    The bound is that of the box alone: its proof has multipliers of 0, and every part that other
    proofs of this ball have.
    """
    corner, shape = round_into_box(ball, best_corner(ball, g16)), ball.statistics.mean.shape
    inside = ball.contains(corner).reshape(-1, 1, 1, 1)
    nu, windows = ball.images.new_zeros(shape[0]), None
    if ball.local is not None:
        windows = nu.new_zeros(shape[0], 2, *shape[1:]).float()
    # At the tangent 0 model S is defined; with multipliers of 0 any point gives the same bound.
    proof, point = Proof(nu, windows, torch.zeros_like(corner)), torch.where(inside, corner, 0.0)
    return BoundedPoint(g16, point, proof, *bounds(ball, g16, point, proof))
