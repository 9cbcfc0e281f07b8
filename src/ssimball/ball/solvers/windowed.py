"""Linear maximisation over the balls that are not one quadratic: S, L, and a mean with L.

For fixed multipliers the Lagrangian is close to a quadratic of the same form as that of model Q,
with weights per window that depend on the multipliers. Each iteration takes one step of FISTA
(Beck, Teboulle 2009) on it, in the metric of a diagonal majorant, with gradient restart
(O'Donoghue, Candes 2015). After each step the multipliers follow the perturbation:

- nu of the mean constraint and lambda of each window's structure are multiplied by a power of the
  usage of their constraint (1 at its edge). Without the box, d would be inversely proportional to
  them. Each power grows while its multiplier keeps its direction and shrinks when it turns (as in
  Rprop, Riedmiller, Braun 1993); until then the steps have momentum. Only the share of the gap that
  the multiplier itself is responsible for is corrected: the rest belongs to d, which is still
  moving.
- y of each window's luminance, an interval, follows the method of multipliers (Hestenes 1969). Its
  quadratic penalty also keeps slow, smooth parts of d from being unconstrained.

Everything runs in float64 on any device, on all images at once; no image depends on another.
"""

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import BoundedPoint, Certificate, Proof
from ssimball.ball.quadratic import total
from ssimball.ball.solvers.goal import Goal
from ssimball.ball.solvers.incumbent import improved
from ssimball.ball.solvers.rates import Rate
from ssimball.ball.solvers.windowed_step import State, initial_state, mean_weights, step

#: Iterations between two evaluations of the gap, at first; later an eighth of those done so far.
CHECK_EVERY = 5
#: Growth of a luminance penalty per iteration while the window's mean is outside its interval.
STIFFENING = 1.05
#: A luminance penalty grows where the mean exceeds its interval by this share of half its width.
SLACK = 1e-3


def maximise(
    ball: Ball, incumbent: BoundedPoint, goal: Goal, start: Certificate | None
) -> Certificate:
    """Close the duality gap where that is possible.

    Args:
        ball: S, L, or a mean constraint with L.
        incumbent: any feasible perturbation with a bound; images whose gap it closes stay as they
            are.
        goal: when to stop.
        start: certificate of a similar problem on the same images; None to start from d = 0.
    """
    iterations = torch.zeros(len(incumbent.gap), dtype=torch.int64)
    unsolved = incumbent.gap > goal.gap
    if not bool(unsolved.any()):
        return goal.certificate(incumbent, iterations)
    g = incumbent.gradient.double()
    state = initial_state(ball, g, start)
    rates = Rate.initial(state.nu), Rate.initial(state.structure_multiplier)
    next_check, averaged, average = CHECK_EVERY, 0, state.d
    for k in range(1, goal.max_iterations + 1):
        lag = step(ball, g, state)
        _update_multipliers(ball, state, rates, lag)
        # The average starts anew at each power of two.
        averaged = 1 if k & (k - 1) == 0 else averaged + 1
        average = state.d if averaged == 1 else average + (state.d - average) / averaged
        if k < next_check and k < goal.max_iterations:
            continue
        next_check = k + max(CHECK_EVERY, k // 8)
        last, candidates = k == goal.max_iterations, (state.d, average)
        incumbent = improved(ball, incumbent, _proof(ball, state), candidates, goal.gap, last)
        iterations = torch.where(unsolved.cpu(), k, iterations)
        unsolved = incumbent.gap > goal.gap
        if not bool(unsolved.any()):
            break
    return goal.certificate(incumbent, iterations)


def _proof(ball: Ball, state: State) -> Proof:
    windows = None
    if ball.local is not None:
        windows = torch.stack([state.structure_multiplier, state.y], 1).float()
    return Proof(state.nu, windows, state.d.float())


def _update_multipliers(ball: Ball, state: State, rates: tuple[Rate, Rate], lag: Tensor) -> None:
    """Update the multipliers of the mean constraint and of each window's structure.

    Args:
        ball: the ball.
        state: updated in place.
        rates: of the mean constraint, and of the windows.
        lag: how far d lags behind the multipliers, as :func:`step` returns it.
    """
    if ball.mean is not None:
        a, b = mean_weights(ball, state.change)
        used = a * state.change.variance.clamp_min(0) + b * state.change.mean**2
        used = (total(used) / ball.radius).sqrt()
        # Corrected faster than d can follow, nu would oscillate around the solution.
        excess = state.nu * ball.radius * used * (1 - used).abs()
        factor = rates[0].factor(used, excess / (excess + total(lag)).clamp_min(1e-300))
        state.nu = (state.nu * factor).clamp_min(1e-12)
    if ball.local is not None:
        used, mean = ball.usage(state.change)
        used = used.sqrt()
        multiplier = state.structure_multiplier
        excess = 2 * multiplier * ball.local.radius * used * (1 - used).abs()
        share = excess / (excess + ball.window.mean(lag)).clamp_min(1e-300)
        multiplier = torch.maximum(multiplier * rates[1].factor(used, share), state.floor)
        state.structure_multiplier = multiplier
        state.penalty = state.penalty * torch.where(mean > 1 + SLACK, STIFFENING, 1.0)
