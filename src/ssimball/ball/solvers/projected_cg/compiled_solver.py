"""Model Q on the CPU, from image to certificate: compiled, one image per thread.

Images share nothing, so a batch runs on as many threads as torch may use, and no result depends on
the batch. The iteration runs in float32; what float32 cannot solve is left to
:mod:`ssimball.ball.solvers.ball_solver`.
"""

from functools import lru_cache, partial

import numpy as np
import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import (
    BoundedPoint,
    Certificate,
    Proof,
    relative_gap,
    unit_gradient,
)
from ssimball.ball.solvers.goal import Goal
from ssimball.ball.solvers.projected_cg.coarse import axes, projection
from ssimball.ball.solvers.projected_cg.layout import Limits
from ssimball.ball.solvers.projected_cg.one_image import (
    Prepared,
    Solution,
    Tables,
    certified_image,
    prepare_image,
)
from ssimball.runtime.compilation import compiled_together
from ssimball.runtime.threads import each, torch_on_one
from ssimball.ssim.filters import Floats
from ssimball.ssim.windows import Window

#: Share of the gap that may be given away so that the first scaling into the ball suffices.
SPARE = 0.02


class CompiledSolver:
    """Model Q around a batch of images, with the prepared images if they are to be reused."""

    def __init__(self, ball: Ball, reuse_preparation: bool) -> None:
        """Set up a solver.

        Args:
            ball: quadratic, with denominators at d = 0, on the CPU.
            reuse_preparation: keep each prepared image for later calls.
        """
        self._ball = ball
        self._images = ball.images.contiguous().numpy()
        self._tables = tables_for(*self._images.shape[2:], ball.window)
        self._reuse = reuse_preparation
        self._prepared: list[Prepared | None] = [None] * len(self._images)

    def at_radius(self, ball: Ball) -> "CompiledSolver":
        """Return the solver of a ball that differs in its radius alone; it shares the images."""
        solver = CompiledSolver(ball, self._reuse)
        solver._prepared = self._prepared
        return solver

    def maximise(self, gradient: Tensor, goal: Goal, start: Certificate | None) -> Certificate:
        """Solve the problem for the batch.

        Args:
            gradient: of any precision, (B, C, H, W).
            goal: when to stop.
            start: certificate of a similar problem on the same images; None for none.

        Raises:
            ValueError: the gradient is not finite.
        """
        with torch_on_one(len(gradient)) as threads:
            g16 = self._ball.inside_region(unit_gradient(gradient))
            g = g16.float().contiguous().numpy()
            perturbation, solutions = self._solve(g, goal, start, threads)
            summary = torch.tensor(solutions, dtype=torch.float64)
            multiplier, primal, dual, _, iterations = summary.unbind(1)
            point = BoundedPoint(
                g16,
                torch.from_numpy(perturbation),
                Proof(multiplier),
                primal,
                dual,
                relative_gap(primal, dual),
            )
            return goal.certificate(point, iterations.long())

    def _solve(
        self, g: Floats, goal: Goal, start: Certificate | None, threads: int
    ) -> tuple[Floats, list[Solution]]:
        """Return the perturbations (B, C, H, W), and what is known of each."""
        limits = Limits(self._ball.radius, goal.safe_gap, goal.max_iterations, SPARE * goal.gap)
        perturbation, solutions = np.empty_like(g), dict[int, Solution]()
        starts: list[tuple[Floats, float] | None] = [None] * len(g)
        if start is not None:
            d, nu = start.perturbation.contiguous().numpy(), start.proof.multiplier.tolist()
            starts = list(zip(d, nu, strict=True))

        def solve_image(i: int) -> None:
            problem = self._prepare(i), g[i], starts[i], limits
            solutions[i] = certified_image(*problem, perturbation[i])

        with compiled_together(partial(_solve_small, self._ball.window)):
            each(solve_image, len(g), threads)
        return perturbation, [solutions[i] for i in range(len(g))]

    def _prepare(self, i: int) -> Prepared:
        """Return what all problems on image ``i`` share."""
        prepared = self._prepared[i]
        if prepared is None:
            ball = self._ball
            prepared = prepare_image(self._images[i], ball.caps[i, 0].numpy(), self._tables)
            if self._reuse:
                self._prepared[i] = prepared
        return prepared


def _solve_small(window: Window) -> None:
    """Solve a problem on a small image, which needs all compiled code for a window."""
    images = torch.linspace(0, 1, (window.size + 20) ** 2, dtype=torch.float64)
    images = images.reshape(1, 1, window.size + 20, -1)
    solver = CompiledSolver(Ball.around(images, 0.01, None, window=window), reuse_preparation=False)
    solver.maximise(images, Goal(1e-3, 1), None)


@lru_cache(maxsize=16)
def tables_for(height: int, width: int, window: Window) -> Tables:
    """Return what all images of a size share."""
    return Tables(
        window,
        tuple(np.float32(tap) for tap in window.taps),
        axes(height, width, np.dtype(np.float32)),
        projection(height, width, window, torch.float64),
    )
