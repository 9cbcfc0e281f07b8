"""Maximise <g, d> under a constraint that model Q majorises, by a sequence of problems of model Q.

This is the method of :mod:`ssimball.ball.solvers.safe` for any constraint F(d) <= R that has a
gradient: F is replaced by its tangent at d_k plus kappa (d - d_k)' A (d - d_k), with the A of model
Q. The terms of SSIM are concave in V, so that the curvature of F exceeds that of A by little. For a
convex F the result is close to the optimum; in the true ball it is a local one. Nothing is assumed
of it: both sides of a bracket are computed afterwards.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.bracket.constraint import Constraint, half_gradient
from ssimball.ball.lagrangian import box_term
from ssimball.ball.quadratic import inner, total
from ssimball.ball.solvers.projected_cg.compiled_solver import SPARE, tables_for
from ssimball.ball.solvers.projected_cg.layout import Limits
from ssimball.ball.solvers.projected_cg.one_image import Prepared, certified_image, prepare_image
from ssimball.ball.solvers.safe import (
    FIRST_GAP,
    LARGEST_GAP,
    LARGEST_STIFFNESS,
    ROUND_ITERATIONS,
    ROUND_SHARE,
    STIFFENING,
)

#: Relative gap at which to stop.
GAP = 5e-4
#: Largest number of rounds.
ROUNDS = 30


@dataclass(frozen=True)
class Iterate:
    """A perturbation and what is known of it.

    Attributes:
        d: in the box, float32 (1, C, H, W).
        nu: multiplier of the constraint.
        half_gradient: grad F / 2, float64 (1, C, H, W).
        a_d: A d, of the same shape.
        quadratic: <d, A d>.
        excess: F(d) / R.
        primal: <g, d> after d is scaled towards the constraint.
        dual: the bound of the tangent at d; a bound only if F is convex.
    """

    d: Tensor
    nu: float
    half_gradient: Tensor
    a_d: Tensor
    quadratic: float
    excess: float
    primal: float
    dual: float

    @property
    def gap(self) -> float:
        """Relative gap of this point and its own bound; negative where F is not convex."""
        return 1 - self.primal / max(self.dual, 1e-300)

    @property
    def expected_nu(self) -> float:
        """The multiplier expected at the point after scaling."""
        return float(self.nu * self.excess**0.5)


class Climb:
    """Problems with one objective on one image, which differ in the constraint and the start."""

    def __init__(self, ball: Ball, gradient: Tensor) -> None:
        """Prepare the image for model Q.

        Args:
            ball: of one image, on the CPU, with denominators at d = 0.
            gradient: the objective, float64 (1, C, H, W).
        """
        self._ball, self._g = ball, gradient
        x, cap = ball.images[0].contiguous().numpy(), ball.caps[0, 0].numpy()
        tables = tables_for(*x.shape[1:], ball.window)
        self._prepared: Prepared = prepare_image(x, cap, tables)

    def best(self, constraint: Constraint, start: Iterate | None = None) -> tuple[Iterate, Iterate]:
        """Return the best points for <g, d> and for the bound, as far as the rounds get.

        Args:
            constraint: the terms of F.
            start: result for another constraint; None to start from nothing.
        """
        point = None if start is None else self.assess(constraint, start.d, start.nu)
        stiffness = 1.0
        highest = lowest = point
        for _ in range(ROUNDS):
            new = self._round(constraint, point, stiffness)
            highest = new if highest is None or new.primal > highest.primal else highest
            lowest = new if lowest is None or new.dual < lowest.dual else lowest
            if point is None or new.gap < point.gap:
                point, stiffness = new, max(stiffness / STIFFENING, 1.0)
            else:
                stiffness *= STIFFENING
            closed = highest.primal >= (1 - GAP) * lowest.dual
            if closed or stiffness > LARGEST_STIFFNESS:
                break
        assert highest is not None and lowest is not None
        return highest, lowest

    def _round(self, constraint: Constraint, point: Iterate | None, stiffness: float) -> Iterate:
        """Solve a problem of model Q around a point; without one, model Q itself."""
        objective, radius, start = self._g, self._ball.radius, None
        gap = FIRST_GAP
        if point is not None:
            nu = stiffness * point.expected_nu
            objective = objective - point.expected_nu * point.half_gradient + nu * point.a_d
            radius = point.quadratic / max(point.excess, 1e-300)
            gap = min(max(point.gap, GAP), LARGEST_GAP) * ROUND_SHARE
            start = (min(1.0, point.excess**-0.5) * point.d)[0].numpy(), nu
        g, d = objective[0].float().numpy(), np.empty(self._g.shape[1:], np.float32)
        limits = Limits(radius, gap, ROUND_ITERATIONS, SPARE * gap)
        solution = certified_image(self._prepared, g, start, limits, d)
        return self.assess(constraint, torch.from_numpy(d)[None], solution.nu / stiffness)

    def assess(self, constraint: Constraint, d: Tensor, nu: float) -> Iterate:
        """Evaluate the constraint at a perturbation, float32 (1, C, H, W), with a multiplier."""
        exact, ball = d.double(), self._ball
        change = ball.change(exact)
        terms = constraint(change)
        slopes, a_d = half_gradient(ball, exact, change, terms), ball.quadratic.apply(exact)
        value, along = float(total(terms.value)), float(inner(slopes, exact))
        excess = max(value / ball.radius, 1e-12)
        dual = nu * (along + (ball.radius - value) / 2) + float(
            box_term(ball, self._g - nu * slopes)
        )
        primal = float(inner(self._g, exact)) * min(1.0, excess**-0.5)
        return Iterate(d, nu, slopes, a_d, float(inner(exact, a_d)), excess, primal, dual)
