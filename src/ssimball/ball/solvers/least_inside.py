"""The least distortion inside a region, by a sequence of problems of model Q.

The problem is that of :mod:`ssimball.ball.least_inside`. For a given nu, T + nu A has the
structure of A with other weights, so the solver of model Q takes it: max <g, d> subject to
d'(T + nu A)d <= r has a solution of the problem's Lagrangian, with lambda = 2 over its multiplier.
Two numbers are left to find: r, for which <g, d> = c, and nu, for which d'Ad = R. Without the box
and with disjoint windows, d inside is that of the best step times w = nu / (1 + nu), and both
follow from the share of the distortion that the best step spends inside. The search starts there,
goes on by the secant in w, and takes both bounds from every solution.
"""

from dataclasses import dataclass
from math import log

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Certificate
from ssimball.ball.least_inside import InsideProblem, Measured, Proof
from ssimball.ball.solvers.projected_cg import compiled_engine

#: Largest number of problems of model Q.
ROUNDS = 12
#: The bounds, over R, may differ by this much, or by this share of the upper one.
ABSOLUTE, RELATIVE = 1e-3, 0.01
#: Gap of the first problem of model Q and of the last ones; each has half that of the one before.
FIRST_GAP, LAST_GAP = 1e-3, 1e-5
#: Iteration limit of a problem.
ITERATIONS = 200
#: Least w; what is left below it is less than this share of R.
LEAST, MOST = 1e-3, 0.999
#: Least power of r with which the optimum is taken to grow.
LEAST_POWER = 0.05
#: Largest correction of r, and the largest after which nu is corrected, too.
LARGEST_GROWTH, CLOSE = 8.0, 1.2
#: Largest factor between one w and the next.
STRIDE = 3.0
#: Halvings of an interval.
HALVINGS = 50


@dataclass(frozen=True)
class LeastInside:
    """Bounds on the least distortion inside a region, over R.

    Attributes:
        spent: what the given step spends inside.
        low: certified: every perturbation with <g, d> >= c spends at least that much.
        high: what ``point`` spends.
        point: a perturbation of the ball with <g, d> >= c, float64 (1, C, H, W).
        proof: of the lower bound; 0 needs none.
        problems: number of problems of model Q that were solved.
        iterations: of their solver in all.
    """

    spent: float
    low: float
    high: float
    point: Tensor
    proof: Proof
    problems: int
    iterations: int


def least_inside(ball: Ball, step: Certificate, inside: Tensor, share: float) -> LeastInside:
    """Bound the least distortion inside a region for perturbations within a share of a step.

    The lower bound holds for every perturbation whose linearised loss is at least that share of
    the optimum, since the step's is at most the optimum.

    Args:
        ball: model Q around one image, on the CPU.
        step: certificate of the best step in it, not 0.
        inside: pixels of the region, bool (H, W).
        share: of the step's linearised loss, in (0, 1).

    Raises:
        ValueError: the ball has another model, or the step does not raise the linearised loss.
    """
    primal = float(step.primal)
    if primal <= 0:
        raise ValueError("a step that does not raise the linearised loss has no share to reach")
    search = _Search(InsideProblem.of(ball, step.gradient, inside, share * primal), step, share)
    search.run()
    radius = ball.radius
    return LeastInside(
        spent=search.step.inside / radius,
        low=max(search.low, 0.0) / radius,
        high=search.high / radius,
        point=search.point,
        proof=search.proof,
        problems=search.problems,
        iterations=search.iterations,
    )


class _Search:
    """The search for one region, with the best bounds so far.

    Attributes:
        step: the best step of the ball.
        low, proof: the best lower bound on d'Td.
        high, point: the best feasible point.
        problems, iterations: what was solved.
    """

    def __init__(self, problem: InsideProblem, step: Certificate, share: float) -> None:
        self._problem, self._share = problem, share
        self.step = problem.measure(step.perturbation)
        self._spent = min(max(self.step.inside / self.step.total, 1e-6), 1 - 1e-6)
        # Scaled down to the level, the step is feasible.
        self.point, self.high = share * self.step.d, share**2 * self.step.inside
        self.low, self.proof = 0.0, Proof(0.0, 0.0, torch.zeros_like(step.perturbation))
        self.problems = self.iterations = 0
        self._nu = 0.0

    @property
    def _is_closed(self) -> bool:
        allowed = max(ABSOLUTE * self._problem.whole.radius, RELATIVE * self.high)
        return self.high - self.low <= allowed

    def run(self) -> None:
        """Solve one problem of model Q after another."""
        radius = self._problem.whole.radius
        start = (self.step.d.float(), torch.zeros(1))
        w, ends = self._weight(self.step.total / radius), (0.0, MOST)
        r = self._model_radius(w) * self.step.total
        seen: list[tuple[float, float]] = []
        for _ in range(ROUNDS):
            start, found = self._solve(w / (1 - w), r, start)
            growth = self._growth(found, float(start[1]))
            # Both quadratics at the level, on the way there along which r alone changes.
            inside, total = growth * found.inside, growth * found.total
            if self._is_closed or (w <= LEAST and total <= radius and growth < CLOSE):
                return
            if 1 / CLOSE < growth < CLOSE:
                ends = (w, ends[1]) if total > radius else (ends[0], w)
                seen.append((w, log(total / radius)))
                wanted = (
                    _secant(*seen[-2:])
                    if len(seen) > 1
                    else self._weight(total / radius / self._model_total(w))
                )
                w = _between(ends, max(min(max(wanted, w / STRIDE), w * STRIDE), LEAST))
            # The least d'(T + nu A)d at the level has the slope d'Ad in nu.
            r = inside + w / (1 - w) * total

    def _growth(self, found: Measured, multiplier: float) -> float:
        """Return the factor of r with which its problem reaches the level.

        The optimum of the problem grows with r by half the multiplier, which without the box makes
        it a multiple of the root of r. Other powers are taken from that slope.
        """
        reached, nu = self._problem.reached(found.d), self._nu
        power = multiplier * (found.inside + nu * found.total) / 2 / reached
        power = min(max(power, LEAST_POWER), 0.5)
        growth = float((self._problem.level / reached) ** (1 / power))
        return min(max(growth, 1 / LARGEST_GROWTH), LARGEST_GROWTH)

    def _model_total(self, w: float) -> float:
        """Return the quadratic that the model needs for the level, over that of the step."""
        s = self._spent
        return self._share**2 * (w * w * s + 1 - s) / (w * s + 1 - s) ** 2

    def _model_radius(self, w: float) -> float:
        """Return r of the model over the quadratic of the step."""
        s, nu = self._spent, w / (1 - w)
        return self._share**2 * ((1 + nu) * w * w * s + nu * (1 - s)) / (w * s + 1 - s) ** 2

    def _weight(self, total: float) -> float:
        """Return w for which the model needs R, where the step has ``total`` times R."""
        low, high = LEAST, MOST
        for _ in range(HALVINGS):
            w = (low + high) / 2
            low, high = (w, high) if total * self._model_total(w) > 1 else (low, w)
        return high

    def _solve(
        self, nu: float, radius: float, start: tuple[Tensor, Tensor]
    ) -> tuple[tuple[Tensor, Tensor], Measured]:
        """Solve a problem of model Q, and take both bounds from its solution."""
        problem, self._nu = self._problem, nu
        ball = problem.combined(nu, radius).to(torch.float32)
        g, gap = problem.gradient.float(), max(FIRST_GAP / 2**self.problems, LAST_GAP)
        d, multiplier, iterations = compiled_engine.iterate(ball, g, gap, ITERATIONS, start)
        self.problems, self.iterations = self.problems + 1, self.iterations + int(iterations)
        found = problem.measure(d)
        proof = Proof(2 / max(float(multiplier), 1e-300), nu, d)
        bound = problem.bound_at(proof, found)
        if bound > self.low:
            self.low, self.proof = bound, proof
        self._feasible(found)
        return (d, multiplier), found

    def _feasible(self, found: Measured) -> None:
        """Mix a point with the step so that both constraints hold, as little as needed."""
        problem, step = self._problem, self.step
        reached, own = problem.reached(found.d), problem.reached(step.d)
        mixed, across = found.with_other(step)

        def weight(b: float) -> float:
            """Return the weight of the point that meets the level beside b times the step."""
            return (problem.level - b * own) / reached

        def holds(b: float) -> bool:
            a = weight(b)
            total = a * a * found.total + 2 * a * b * across + b * b * step.total
            return a + b <= 1 and total <= problem.whole.radius

        if reached <= 0:
            return
        low, high = 0.0, problem.level / own
        if holds(0.0):
            high = 0.0
        for _ in range(HALVINGS if high > 0 else 0):
            b = (low + high) / 2
            low, high = (low, b) if holds(b) else (b, high)
        a, b = weight(high), high
        inside = a * a * found.inside + 2 * a * b * mixed + b * b * step.inside
        if inside < self.high:
            self.high, self.point = inside, a * found.d + b * step.d


def _between(ends: tuple[float, float], w: float) -> float:
    """Return w if it lies between both ends, otherwise their middle on a logarithmic scale."""
    low, high = ends
    return w if low < w < high else (max(low, LEAST) * high) ** 0.5


def _secant(first: tuple[float, float], second: tuple[float, float]) -> float:
    """Return the zero of the line through two points; the second point where there is none."""
    (w0, f0), (w1, f1) = first, second
    return w1 if f0 == f1 else w1 - f1 * (w1 - w0) / (f1 - f0)
