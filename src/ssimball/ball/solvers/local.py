"""Model L on the CPU: first-order steps against one multiplier for each window.

In terms of u = d - k x both constraints of a window are centred: the variance of u is at most rho,
and its mean at most half the interval's width in magnitude. For fixed multipliers the Lagrangian is
quadratic, and as in :mod:`ssimball.ball.solvers.windowed` each iteration takes one step of FISTA on
it, after the multipliers have followed the extrapolated point:

- lambda of each window's variance is multiplied by a power of the root of variance / rho. The power
  grows while lambda keeps its direction and shrinks when it turns (as in Rprop, Riedmiller, Braun
  1993), and the steps have momentum;
- y of each window's mean follows the method of multipliers (Hestenes 1969), with shorter steps.

The gradient at the extrapolated point gives the dual bound there at no cost. Making a point
feasible costs as much as many iterations. It is tried when the gap without it is well below the
goal, and again when it may be expected to succeed.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import BoundedPoint, Certificate, Proof, join
from ssimball.ball.solvers.goal import Goal
from ssimball.ball.solvers.incumbent import improved
from ssimball.ball.solvers.local_iteration import (
    LocalProblem,
    LocalState,
    iterate,
    workspace_for,
)
from ssimball.ball.solvers.local_rows import Pace
from ssimball.ball.solvers.rates import DECAY, FIRST_POWER, GROWTH, LARGEST_POWER
from ssimball.ball.solvers.windowed_step import first_multipliers
from ssimball.runtime.threads import each, torch_on_one
from ssimball.ssim.filters import Floats

_Type = np.dtype[np.floating]

#: Decay of the largest power of a multiplier, its least value, and the share of a step that stays.
CALMING, LEAST_POWER, MOMENTUM = 0.98, 0.2, 0.8
#: Share of its step that a window's y takes: whole steps would add to the momentum of the point.
RELAXATION = 0.5
#: A point is made feasible where the gap without that is below this share of the goal.
PROMISING = 0.5
#: The gap of feasible points falls about as this power of the iterations.
DECLINE = 2.5
#: Iteration limit; what is still open then is left to ``windowed``.
ITERATIONS = 1000
#: Least number of iterations between two tries.
PAUSE = 10
#: float32 serves where its rounding of variances is below this share of the gap.
PRECISION = 0.1


def maximise(
    ball: Ball, incumbent: BoundedPoint, goal: Goal, start: Certificate | None
) -> Certificate:
    """Close the duality gap where that is possible in a limited number of iterations.

    Args:
        ball: model L, on the CPU.
        incumbent: any feasible perturbation with a bound; images whose gap it closes stay as they
            are.
        goal: when to stop.
        start: certificate of a similar problem on the same images; None for none.
    """
    count = len(incumbent.gap)
    solved: list[Certificate | None] = [None] * count
    whole = goal.certificate(incumbent, torch.zeros(count, dtype=torch.int64))

    def solve_image(i: int) -> None:
        image = torch.tensor([i])
        point = whole.select(image)
        if float(point.gap) > goal.gap:
            given = None if start is None else start.select(image)
            point = _Search(ball.select(image), point.bounded_point(), goal, given).run()
        solved[i] = point

    with torch_on_one(count) as threads:
        each(solve_image, count, threads)
    return join([certificate for certificate in solved if certificate is not None])


class _Search:
    """The iteration for one image, with its incumbent."""

    def __init__(
        self, ball: Ball, incumbent: BoundedPoint, goal: Goal, start: Certificate | None
    ) -> None:
        self._ball, self._incumbent, self._goal = ball, incumbent, goal
        assert ball.local is not None
        self._offset = ball.local.k * ball.images[0].numpy()
        dtype = _dtype(ball, goal)
        self._problem, self._state = _set_up(ball, incumbent.gradient, start, self._offset, dtype)
        self._taps: tuple[Any, ...] = tuple(dtype.type(tap) for tap in ball.window.taps)
        pace = GROWTH, DECAY, CALMING, LEAST_POWER, MOMENTUM, RELAXATION
        self._pace = Pace(*(dtype.type(number) for number in pace))
        self._workspace = workspace_for(self._problem)
        self._t = np.ones(len(self._offset))

    def run(self) -> Certificate:
        """Iterate until the gap is closed or the iteration limit is reached."""
        constant = float((self._incumbent.gradient[0].double().numpy() * self._offset).sum())
        promising, next_try = PROMISING * self._goal.gap, 1
        most = min(self._goal.max_iterations, ITERATIONS)
        for k in range(1, most + 1):
            dual, primal = self._step()
            gap = 1 - (primal + constant) / (dual + constant)
            if k < most and (k < next_try or gap > promising):
                continue
            self._try(last=k == most)
            reached = float(self._incumbent.gap)
            if reached <= self._goal.gap:
                break
            next_try = k + max(PAUSE, int(k * (reached / self._goal.gap) ** (1 / DECLINE)) - k)
        return self._goal.certificate(self._incumbent, torch.tensor([k]))

    def _step(self) -> tuple[float, float]:
        """Iterate once; return the dual bound of the step's point and <g, u>."""
        dual = primal = 0.0
        for c in range(len(self._t)):
            t = (1 + np.sqrt(1 + 4 * self._t[c] ** 2)) / 2
            sums = iterate(
                self._problem,
                self._state,
                self._pace,
                c,
                self._taps,
                self._workspace,
                float((self._t[c] - 1) / t),
            )
            # Restart the momentum (O'Donoghue, Candes 2015).
            self._t[c] = 1.0 if sums[2] > 0 else t
            dual, primal = dual + sums[0], primal + sums[1]
        return dual, primal

    def _try(self, last: bool) -> None:
        """Improve the incumbent."""
        state, stride = self._state, self._ball.window.stride
        multipliers = np.stack([state.structure, state.luminance])[:, :, ::stride, ::stride]
        windows = torch.from_numpy(multipliers.swapaxes(0, 0))[None].float()
        tangent = torch.from_numpy(state.v + self._offset)[None].float()
        proof = Proof(torch.zeros(1, dtype=torch.float64), windows, tangent)
        candidate = torch.from_numpy(state.u + self._offset)[None].double()
        self._incumbent = improved(
            self._ball, self._incumbent, proof, (candidate,), self._goal.gap, last
        )


def _dtype(ball: Ball, goal: Goal) -> _Type:
    """Return float32 where its rounding does not matter, otherwise float64."""
    assert ball.local is not None
    largest = float(torch.maximum(-ball.lower, ball.upper).amax()) + ball.local.k
    rounding = largest**2 * np.finfo(np.float32).eps / float(ball.local.radius.amin())
    return np.dtype(np.float32 if rounding < PRECISION * goal.gap else np.float64)


def _first_point(
    ball: Ball, start: Certificate | None, structure: Tensor, floor: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Return the perturbation and the multipliers of both terms from which to iterate.

    Without a start, these are 0, ``structure`` and 0.
    """
    y, d = torch.zeros_like(structure), torch.zeros_like(ball.images)
    if start is not None:
        d = ball.project_box(start.perturbation.double())
        if start.proof.windows is not None and bool((start.proof.windows[:, 0] > 0).any()):
            structure, y = start.proof.windows.double().unbind(1)
            structure = torch.maximum(structure, floor)
    return d, structure, y


def _set_up(
    ball: Ball,
    gradient: Tensor,
    start: Certificate | None,
    offset: Floats,
    dtype: np.dtype[np.floating],
) -> tuple[LocalProblem, LocalState]:
    """Return the problem of one image and where it starts."""
    assert ball.local is not None
    size = gradient.shape[-2:]

    def per_window(values: Tensor, elsewhere: float) -> Floats:
        """Return planes at stride 1, with another value where there is no window."""
        inside = ball.window.dense(torch.ones_like(values), size) > 0
        planes = torch.where(inside, ball.window.dense(values, size), elsewhere)
        return planes[0].numpy().astype(dtype)

    structure, penalty, floor = first_multipliers(ball, gradient.double())
    d, structure, y = _first_point(ball, start, structure, floor)
    problem = LocalProblem(
        gradient[0].numpy().astype(dtype),
        (ball.lower[0].numpy() - offset).astype(dtype),
        (ball.upper[0].numpy() - offset).astype(dtype),
        per_window(ball.local.radius, 1.0),
        per_window((ball.local.high - ball.local.low) / 2, 1.0),
        per_window(floor, 0.0),
        per_window(penalty, 0.0),
        ball.window.margin,
    )
    u = (d[0].numpy() - offset).astype(dtype)
    multiplier, luminance = per_window(structure, 0.0), per_window(y, 0.0)
    power = np.full_like(multiplier, FIRST_POWER)
    largest, still = np.full_like(power, LARGEST_POWER), np.zeros((2, *power.shape), dtype)
    state = LocalState(u, u.copy(), multiplier, luminance, power, largest, still[0], still[1])
    return problem, state
