"""The iteration of :mod:`ssimball.ball.solvers.first_order` in torch, a whole batch at once.

For a multiplier nu, min d'Ad / 2 - <g, d> / nu over the box, by conjugate gradients that stay in
it. A step goes along z + beta q, where z is the preconditioned residual with 0 at the pixels that
it holds at their bound, q the last step, and beta (Hestenes, Stiefel 1952) makes the two conjugate.
The step is projected onto the box (two-metric projection, Bertsekas 1982) and then shortened to
what is best on it, for which A is applied once. Only nu ties the channels of an image together, so
each takes its own steps. The first point is the solution for A's diagonal.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ssimball.ball.certificate import quadratic_bounds
from ssimball.ball.quadratic import QuadraticBall, inner
from ssimball.ball.solvers.projected_cg.compiled_engine import DAMPING, GROWTH, REFRESH
from ssimball.ball.solvers.projected_cg.passes import SAMPLED_ROWS
from ssimball.ball.solvers.projected_cg.preconditioner import (
    Grid,
    coarse_correction,
    coarse_grids,
    fine_inverse,
)

Start = tuple[Tensor, Tensor]


@dataclass
class _State:
    """Iterate d and last step q with their images under A; nu (B,); length of a step (B, C).

    ``rest`` is g / nu - A d, with 0 at pixels that it holds at their bound.
    """

    d: Tensor
    a_d: Tensor
    q: Tensor
    a_q: Tensor
    rest: Tensor
    nu: Tensor
    length: Tensor


def iterate(
    ball: QuadraticBall,
    g: Tensor,
    gap: float,
    max_iterations: int,
    start: Start | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Perturbation, multiplier and iterations of each image, kept from when it reached the gap.

    Arguments and result as of ``compiled_engine.iterate``, on any device.
    """
    answer, nu = torch.zeros_like(g), g.new_zeros(len(g))
    iterations = torch.zeros(len(g), dtype=torch.int64, device=g.device)
    done = torch.zeros(len(g), dtype=torch.bool, device=g.device)
    inverse, grids = fine_inverse(ball), coarse_grids(ball)
    state = _begin(ball, g, inverse, start)
    for k in range(1, max_iterations + 1):
        if bool(done.all()):
            break
        if k % REFRESH == 0:
            state.a_d, state.q, state.a_q = ball.apply(state.d), state.d, torch.zeros_like(g)
        _step(ball, g, inverse, grids, state)
        reached, correction = _look(ball, g, state)
        keep = ~done
        answer = torch.where(_wide(keep), state.d, answer)
        nu = torch.where(keep, state.nu, nu)
        iterations = torch.where(keep, k, iterations)
        done = done | (reached <= gap)
        state.nu = state.nu * correction
    return answer, nu, iterations


def _wide(number: Tensor) -> Tensor:
    """(B,) to (B, 1, 1, 1)."""
    return number.reshape(-1, 1, 1, 1)


def _begin(ball: QuadraticBall, g: Tensor, inverse: Tensor, start: Start | None) -> _State:
    nu = _first_multiplier(ball, g, inverse)
    if start is None:
        d = ball.project_box(g * inverse / _wide(nu))
    else:
        d, given = ball.project_box(start[0].to(g)), start[1].to(g)
        nu = torch.where(given > 0, given, nu)
    zero = torch.zeros_like(g)
    state = _State(d, ball.apply(d), zero, zero, zero, nu, g.new_ones(g.shape[:2]))
    state.rest = _free_residual(ball, g, state)
    return state


def _first_multiplier(ball: QuadraticBall, g: Tensor, inverse: Tensor) -> Tensor:
    """That of the problem with the diagonal of A only, from some of the rows."""
    every = max(1, g.shape[2] // SAMPLED_ROWS)
    g, inverse, lower, upper = (t[:, :, ::every] for t in (g, inverse, ball.lower, ball.upper))
    share = ball.radius * g.shape[2] / ball.lower.shape[2]
    nu = (inner(g, g * inverse) / share).sqrt().clamp_min(1e-12)
    for _ in range(8):
        d = torch.minimum(torch.maximum(g * inverse / _wide(nu), lower), upper)
        nu = (nu * (inner(d, d / inverse) / share).sqrt()).clamp_min(1e-12)
    return nu


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
    share = off.abs() / (off.abs() + DAMPING * rest).clamp_min(1e-30)
    return reached, ratio**share


def _free_residual(ball: QuadraticBall, g: Tensor, state: _State) -> Tensor:
    r = g / _wide(state.nu) - state.a_d
    held = ((state.d <= ball.lower) & (r < 0)) | ((state.d >= ball.upper) & (r > 0))
    return torch.where(held, 0.0, r)


def _inner(u: Tensor, v: Tensor) -> Tensor:
    """Inner product per channel: two (B, C, H, W) to (B, C)."""
    return (u * v).flatten(2).sum(2)


def _step(
    ball: QuadraticBall, g: Tensor, inverse: Tensor, grids: list[Grid], state: _State
) -> None:
    """One conjugate step of each channel, as far along it as is best; A is applied once."""
    scaled = state.rest * inverse
    z = scaled + torch.where(state.rest == 0, 0.0, coarse_correction(grids, state.rest))
    curvature = _inner(state.q, state.a_q)
    beta = torch.where(curvature > 0, -_inner(z, state.a_q) / curvature, 0.0).clamp_min(0)
    step = state.length[..., None, None] * (z + beta[..., None, None] * state.q)
    q = ball.project_box(state.d + step) - state.d
    gradient = g / _wide(state.nu) - state.a_d
    down = _inner(gradient, q) <= 0
    plain = ball.project_box(state.d + scaled) - state.d
    state.q = torch.where(down[..., None, None], plain, q)
    state.length = torch.where(down, 1.0, state.length)
    state.a_q = ball.apply(state.q)
    curvature = _inner(state.q, state.a_q)
    best = torch.where(curvature > 0, _inner(gradient, state.q) / curvature, 1.0)
    t = best.clamp(0, 1)[..., None, None]
    state.length = state.length * GROWTH * best.clamp(0.1, 2)
    state.d, state.a_d = state.d + t * state.q, state.a_d + t * state.a_q
    state.rest = _free_residual(ball, g, state)
