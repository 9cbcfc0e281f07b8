"""The iteration of :mod:`ssimball.solvers.first_order` in torch, a whole batch at once."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ssimball.certificate import quadratic_bounds
from ssimball.quadratic import QuadraticBall, inner


@dataclass
class _State:
    """Iterate d, extrapolated point v, their images under A, momentum t, multiplier nu."""

    d: Tensor
    a_d: Tensor
    v: Tensor
    a_v: Tensor
    t: Tensor
    nu: Tensor


def iterate(
    ball: QuadraticBall, g: Tensor, gap: float, max_iterations: int, check_every: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Perturbation, multiplier and iterations of each image, kept from when it reached the gap.

    Arguments and result as of :func:`ssimball.solvers.compiled.iterate`, on any device.
    """
    answer, nu = torch.zeros_like(g), g.new_zeros(len(g))
    iterations = torch.zeros(len(g), dtype=torch.int64, device=g.device)
    done = torch.zeros(len(g), dtype=torch.bool, device=g.device)
    metric = ball.majorant()
    state = _start(ball, g, metric)
    for k in range(1, max_iterations + 1):
        if bool(done.all()):
            break
        _step(ball, g, metric, state)
        if k % check_every and k < max_iterations:
            continue
        reached, correction = _look(ball, g, state)
        keep = ~done
        answer = torch.where(keep.reshape(-1, 1, 1, 1), state.d, answer)
        nu = torch.where(keep, state.nu, nu)
        iterations = torch.where(keep, k, iterations)
        done = done | (reached <= gap)
        state.nu = state.nu * correction
    return answer, nu, iterations


def _start(ball: QuadraticBall, g: Tensor, metric: Tensor) -> _State:
    zero = torch.zeros_like(g)
    # The multiplier of the problem with the majorant in place of A, without box.
    nu = (inner(g, g / metric) / ball.radius).sqrt().clamp_min(1e-12)
    return _State(zero, zero, zero, zero, g.new_ones(len(g)), nu)


def _look(ball: QuadraticBall, g: Tensor, state: _State) -> tuple[Tensor, Tensor]:
    """Relative gap of the iterate, made feasible, and the factor that corrects nu; each (B,)."""
    ratio = (inner(state.d, state.a_d) / ball.radius).clamp_min(1e-12).sqrt()
    primal, dual, _ = quadratic_bounds(ball, g, state.d, state.a_d, state.nu)
    # d / ratio is feasible, and nu * ratio beside it leaves the dual bound as it is.
    reached = 1 - primal / ratio.clamp_min(1) / dual
    # Of dual - primal this much comes from nu, the rest from d, which is still on its way. Only
    # the share of nu is corrected: more would make the two swing around the solution for ever.
    off = state.nu * ball.radius * ratio * (1 - ratio)
    rest = (dual - primal - off).clamp_min(0)
    share = off.abs() / (off.abs() + rest).clamp_min(1e-30)
    return reached, ratio**share


def _step(ball: QuadraticBall, g: Tensor, metric: Tensor, state: _State) -> None:
    """One accelerated step; A is applied once, the extrapolated point's image is a combination."""
    nu = state.nu.reshape(-1, 1, 1, 1)
    d = ball.project_box(state.v - (state.a_v - g / nu) / metric)
    a_d = ball.apply(d)
    uphill = inner(state.v - d, (d - state.d) * metric) > 0
    t = torch.where(uphill, 1.0, state.t)
    following = (1 + (1 + 4 * t * t).sqrt()) / 2
    momentum = ((t - 1) / following).reshape(-1, 1, 1, 1)
    state.v = d + momentum * (d - state.d)
    state.a_v = a_d + momentum * (a_d - state.a_d)
    state.d, state.a_d, state.t = d, a_d, following
