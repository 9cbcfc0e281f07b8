"""Model S on the CPU, by a sequence of problems of model Q.

Let F be the sum that model S bounds, and A the matrix of model Q. At a point d_k the convex F is
replaced by its tangent plus kappa (d - d_k)' A (d - d_k). For a given multiplier nu that leaves a
problem of model Q with another objective and another radius,

    g_k = g - nu (grad F(d_k) / 2 - kappa A d_k),    R_k = R d_k' A d_k / F(d_k),

which :mod:`ssimball.ball.solvers.projected_cg` solves in a few iterations from d_k. Its multiplier
is kappa times the next nu. At a fixed point g - nu grad F(d) / 2 is what the box demands, and
F(d) = R: the point is optimal. The denominators of F differ little from those of A, so that the gap
falls to a third or less in each round. Where the gap grows instead, kappa is doubled and the round
repeated. The bound of model S is evaluated after every round, so it is never assumed.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import BoundedPoint, Certificate, Proof, bounds, unit_gradient
from ssimball.ball.feasible import make_feasible
from ssimball.ball.solvers.goal import Goal
from ssimball.ball.solvers.projected_cg.compiled_solver import SPARE, tables_for
from ssimball.ball.solvers.projected_cg.layout import Limits
from ssimball.ball.solvers.projected_cg.one_image import Prepared, certified_image, prepare_image
from ssimball.ball.solvers.safe_model import SafeModel, Workspace, evaluate, workspace_for
from ssimball.runtime.compilation import compiled_together
from ssimball.runtime.threads import each, torch_on_one
from ssimball.ssim.compiled_ssim import Array
from ssimball.ssim.filters import Floats
from ssimball.ssim.index import ImageStatistics, change_statistics, image_statistics
from ssimball.ssim.windows import Window

#: Gap of the first round, and the share of the gap so far to which the others solve.
FIRST_GAP, ROUND_SHARE = 0.02, 0.3
#: Largest gap so far that counts: the first bound may be loose.
LARGEST_GAP = 0.1
#: Iteration limit of a round.
ROUND_ITERATIONS = 200
#: Largest number of rounds.
ROUNDS = 40
#: Growth of kappa after a round that failed, its decay after others, and where to give up.
STIFFENING, LARGEST_STIFFNESS = 2.0, 64.0


class SafeSolver:
    """Model S around a batch of images, with the prepared images if they are to be reused."""

    def __init__(self, ball: Ball, reuse_preparation: bool) -> None:
        """Set up a solver.

        Args:
            ball: model S without a local constraint, on the CPU.
            reuse_preparation: keep each prepared image for later calls.
        """
        self._ball, self._reuse = ball, reuse_preparation
        self._problems: list[_Problem | None] = [None] * len(ball.images)

    def maximise(self, gradient: Tensor, goal: Goal, start: Certificate | None) -> Certificate:
        """Solve the problem for the batch; the gap of hard problems may stay open.

        Args:
            gradient: of any precision, (B, C, H, W).
            goal: when to stop.
            start: certificate of a similar problem on the same images; None for none.

        Raises:
            ValueError: the gradient is not finite.
        """
        with torch_on_one(len(gradient)) as threads:
            g16 = self._ball.inside_region(unit_gradient(gradient))
            d, tangent = np.zeros((2, *gradient.shape), np.float32)
            nu, iterations = np.zeros(len(d)), np.zeros(len(d), np.int64)
            first = None if start is None else self._ball.project_box(start.perturbation).float()

            def solve_image(i: int) -> None:
                search = _Search(self._problem(i), g16[i].double().numpy(), goal)
                if first is not None and start is not None:
                    search.assess(first[i].numpy(), float(start.proof.multiplier[i]))
                search.run()
                d[i], tangent[i], nu[i] = search.perturbation, search.tangent, search.nu
                iterations[i] = search.iterations

            with compiled_together(partial(_solve_small, self._ball.window)):
                each(solve_image, len(d), threads)
            proof = Proof(torch.from_numpy(nu), None, torch.from_numpy(tangent))
            feasible, _ = make_feasible(self._ball, torch.from_numpy(d))
            found = bounds(self._ball, g16, feasible, proof)
            point = BoundedPoint(g16, feasible, proof, *found)
            return goal.certificate(point, torch.from_numpy(iterations))

    def _problem(self, i: int) -> "_Problem":
        """Return what all problems on image ``i`` share."""
        problem = self._problems[i] or _Problem.of(self._ball, i)
        if self._reuse:
            self._problems[i] = problem
        return problem


def _solve_small(window: Window) -> None:
    """Solve a problem on a small image, which needs all compiled code for a window."""
    side = window.size + 20
    images = torch.linspace(0, 1, side * side, dtype=torch.float64).reshape(1, 1, side, side)
    ball = Ball.around(images, 0.01, None, "S", window=window)
    SafeSolver(ball, reuse_preparation=False).maximise(images, Goal(1e-3, 2), None)


@dataclass(frozen=True)
class _Problem:
    """What all problems on one image share.

    Attributes:
        radius: of the ball.
        prepared: the image for model Q.
        model: the image for model S.
        workspace: arrays for intermediate results.
    """

    radius: float
    prepared: Prepared
    model: SafeModel
    workspace: Workspace

    @classmethod
    def of(cls, ball: Ball, i: int) -> "_Problem":
        """Prepare image ``i`` of a ball."""
        x, cap, window = ball.images[i].contiguous(), ball.caps[i, 0].numpy(), ball.window
        prepared = prepare_image(x.numpy(), cap, tables_for(*x.shape[1:], window))
        image = image_statistics(x, window.unstrided)
        mean, variance = image.mean.numpy(), image.variance.numpy()
        counts = np.zeros(mean.shape[1:])
        counts[:: window.stride, :: window.stride] = 1
        quadratic = prepared.ball.diagonal, prepared.ball.weight
        statistics = mean, variance, counts
        model = SafeModel(x.numpy(), cap, *statistics, *quadratic, window.margin)
        return cls(ball.radius, prepared, model, workspace_for(model))

    def moments(self, d: Floats) -> tuple[Array, Array, Array]:
        """Return the mean and variance of d (C, H, W) in each window, and its covariance with x."""
        image = ImageStatistics(*map(torch.from_numpy, (self.model.mean, self.model.variance)))
        x, window = torch.from_numpy(self.model.x), self.prepared.tables.window.unstrided
        change = change_statistics(x, torch.from_numpy(d), image, window)
        return change.mean.numpy(), change.variance.numpy(), change.covariance.numpy()


@dataclass(frozen=True)
class _Point:
    """Where F is replaced by its quadratic model.

    Attributes:
        d: the point, float32 (C, H, W).
        nu: multiplier that is expected of it.
        half_gradient: grad F / 2.
        a_d: A d.
        excess: F(d) / R.
        quadratic: <d, A d>.
        gap: relative gap of the point and its own bound.
    """

    d: Floats
    nu: float
    half_gradient: Floats
    a_d: Floats
    excess: float
    quadratic: float
    gap: float


class _Search:
    """The sequence for one image, with the best perturbation and bound so far.

    Attributes:
        perturbation: the best, float32 (C, H, W); need not be feasible.
        tangent: the point of the best bound, float32 (C, H, W).
        nu: its multiplier.
        iterations: of model Q's solver in all rounds.
    """

    def __init__(self, problem: _Problem, g: Floats, goal: Goal) -> None:
        self._problem, self._g, self._goal = problem, g, goal
        self.perturbation = self.tangent = np.zeros(g.shape, np.float32)
        self.nu, self.iterations = 0.0, 0
        self._primal, self._dual = 0.0, np.inf
        self._point: _Point | None = None
        self._stiffness, self._first_radius = 1.0, problem.radius

    @property
    def _gap(self) -> float:
        if self._dual <= 0:
            return 0.0
        return 1 - self._primal / self._dual if np.isfinite(self._dual) else 1.0

    def run(self) -> None:
        """Solve one problem of model Q after another."""
        for _ in range(ROUNDS):
            spent = self.iterations >= self._goal.max_iterations
            if spent or self._gap <= self._goal.safe_gap or self._stiffness > LARGEST_STIFFNESS:
                return
            self._solve_round()

    def _solve_round(self) -> None:
        point, objective = self._point, self._g
        radius, gap, start = self._first_radius, FIRST_GAP, None
        if point is not None:
            nu = point.nu * self._stiffness
            objective = self._g - point.nu * point.half_gradient + nu * point.a_d
            radius, gap = point.quadratic / point.excess, min(self._gap, LARGEST_GAP) * ROUND_SHARE
            start = (point.d * min(1.0, point.excess**-0.5)).astype(np.float32), nu
        gap = max(gap, ROUND_SHARE * self._goal.gap)
        most = min(ROUND_ITERATIONS, self._goal.max_iterations - self.iterations)
        limits, d = Limits(radius, gap, most, SPARE * gap), np.empty(self._g.shape, np.float32)
        prepared, g = self._problem.prepared, objective.astype(np.float32)
        solution = certified_image(prepared, g, start, limits, d)
        self.iterations += solution.iterations
        self.assess(d, solution.nu / self._stiffness)

    def assess(self, d: Floats, nu: float) -> None:
        """Evaluate model S at ``d``, and decide where to go on from.

        Args:
            d: in the box, float32 (C, H, W).
            nu: multiplier of the constraint.
        """
        problem, radius, exact = self._problem, self._problem.radius, d.astype(np.float64)
        half_gradient, a_d = np.empty_like(exact), np.empty_like(exact)
        tools = problem.prepared.tables.window.taps, problem.workspace
        moments = problem.moments(exact)
        sums = evaluate(problem.model, moments, self._g, exact, nu, *tools, half_gradient, a_d)
        if sums.undefined and self._point is None:
            self._first_radius = sums.quadratic / 4
        gap, excess = np.inf, sums.distance / radius
        if not sums.undefined:
            dual = nu * ((sums.distance + radius) / 2 - sums.bent) + sums.box
            primal = sums.primal * min(1.0, max(excess, 1e-300) ** -0.5)
            gap = 1 - primal / max(dual, 1e-300)
            if dual < self._dual:
                self._dual, self.tangent, self.nu = dual, d, nu
            if primal > self._primal:
                self._primal, self.perturbation = primal, d
        if self._point is None or gap < self._point.gap:
            self._stiffness = max(self._stiffness / STIFFENING, 1.0)
            if not sums.undefined and excess > 0:
                new = nu * excess**0.5
                self._point = _Point(d, new, half_gradient, a_d, excess, sums.quadratic, gap)
        else:
            self._stiffness *= STIFFENING
