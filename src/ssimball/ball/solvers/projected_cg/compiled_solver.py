"""Model Q on the CPU, from image to certificate: compiled, one image per thread.

Images share nothing, so a batch runs on as many threads as torch may use, and no result depends on
the batch. The iteration runs in float32; what float32 cannot solve is left to
:mod:`ssimball.ball.solvers.ball_solver`.
"""

from functools import lru_cache
from typing import Any, NamedTuple

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
from ssimball.ball.solvers.projected_cg.coarse import Axis, Squares, axes, squares
from ssimball.ball.solvers.projected_cg.layout import Limits
from ssimball.ball.solvers.projected_cg.one_image import Prepared, certified_image, prepare_image
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
        self._tables = _tables(*self._images.shape[2:], ball.window)
        self._reuse = reuse_preparation
        self._prepared: list[Prepared | None] = [None] * len(self._images)

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
            g16 = unit_gradient(gradient)
            g = g16.float().contiguous().numpy()
            perturbation, summary = self._solve(g, goal, start, threads)
            multiplier, primal, dual, iterations = torch.from_numpy(summary).unbind(1)
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
    ) -> tuple[Floats, Floats]:
        """Return the perturbations (B, C, H, W) and the summaries of :func:`certified_image`."""
        perturbation, summary = np.empty_like(g), np.zeros((len(g), 4))
        d, nu = np.zeros_like(g), np.zeros(len(g))
        if start is not None:
            d = start.perturbation.contiguous().numpy()
            nu = start.proof.multiplier.numpy()
        limits = Limits(self._ball.radius, goal.safe_gap, goal.max_iterations, SPARE * goal.gap)
        tables = self._tables.taps, self._tables.exact_taps, self._tables.transfers

        def solve_image(i: int) -> None:
            point = d[i], float(nu[i]), start is None
            out = perturbation[i], summary[i]
            certified_image(self._prepare(i), g[i], *point, *tables, limits, *out)

        each(solve_image, len(g), threads)
        return perturbation, summary

    def _prepare(self, i: int) -> Prepared:
        """Return what all problems on image ``i`` share."""
        prepared = self._prepared[i]
        if prepared is None:
            ball, tables = self._ball, self._tables
            prepared = prepare_image(
                self._images[i],
                min(ball.cap, 1.0),
                tables.exact_taps,
                ball.window.stride,
                tables.squares,
            )
            if self._reuse:
                self._prepared[i] = prepared
        return prepared


class _Tables(NamedTuple):
    """What all images of a size share.

    Attributes:
        taps: of the window, as float32.
        exact_taps: of the window, as float64.
        transfers: rows and columns of each coarse grid.
        squares: squared weights of each coarse grid.
    """

    taps: tuple[Any, ...]
    exact_taps: tuple[float, ...]
    transfers: tuple[tuple[Axis, Axis], ...]
    squares: tuple[Squares, ...]


@lru_cache(maxsize=16)
def _tables(height: int, width: int, window: Window) -> _Tables:
    return _Tables(
        tuple(np.float32(tap) for tap in window.taps),
        window.taps,
        axes(height, width, np.dtype(np.float32)),
        squares(height, width, window.taps, torch.float64),
    )
