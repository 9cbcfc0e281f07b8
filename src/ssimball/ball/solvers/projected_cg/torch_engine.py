"""The iteration for model Q in torch, for a whole batch at once.

For a multiplier nu it solves min d'Ad / 2 - <g, d> / nu over the box by conjugate gradients that
stay in the box. A step goes along z + beta q. Here z is the preconditioned residual, with 0 at the
pixels that it holds at their bound; q is the last step; beta (Hestenes, Stiefel 1952) makes the two
conjugate. The step is projected onto the box (two-metric projection, Bertsekas 1982) and then
shortened to the best length, for which A is applied once. Only nu couples the channels of an image,
so each channel takes its own steps. The first point is the solution for A's diagonal.
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

#: Perturbation (B, C, H, W) and multiplier (B,).
Start = tuple[Tensor, Tensor]


@dataclass
class _State:
    """The iterate of a batch.

    Attributes:
        d: the iterate, (B, C, H, W).
        a_d: A d.
        q: the last step.
        a_q: A q.
        residual: g / nu - A d, with 0 at pixels that it holds at their bound.
        nu: multiplier, (B,).
        length: of a step, (B, C).
    """

    d: Tensor
    a_d: Tensor
    q: Tensor
    a_q: Tensor
    residual: Tensor
    nu: Tensor
    length: Tensor


def iterate(
    ball: QuadraticBall,
    g: Tensor,
    gap: float,
    max_iterations: int,
    start: Start | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Solve model Q for a batch; arguments and result are those of ``compiled_engine.iterate``.

    It runs on any device. An image's result is the one at which it reached the gap.
    """
    d, nu = torch.zeros_like(g), g.new_zeros(len(g))
    iterations = torch.zeros(len(g), dtype=torch.int64, device=g.device)
    done = torch.zeros(len(g), dtype=torch.bool, device=g.device)
    inverse, grids = fine_inverse(ball), coarse_grids(ball)
    state = _initial_state(ball, g, inverse, start)
    for k in range(1, max_iterations + 1):
        if bool(done.all()):
            break
        if k % REFRESH == 0:
            state.a_d, state.q, state.a_q = ball.apply(state.d), state.d, torch.zeros_like(g)
        _step(ball, g, inverse, grids, state)
        reached, correction = _gap_and_correction(ball, g, state)
        running = ~done
        d = torch.where(_per_image(running), state.d, d)
        nu = torch.where(running, state.nu, nu)
        iterations = torch.where(running, k, iterations)
        done = done | (reached <= gap)
        state.nu = state.nu * correction
    return d, nu, iterations


def _per_image(values: Tensor) -> Tensor:
    """Reshape (B,) to (B, 1, 1, 1)."""
    return values.reshape(-1, 1, 1, 1)


def _initial_state(ball: QuadraticBall, g: Tensor, inverse: Tensor, start: Start | None) -> _State:
    nu = _first_multiplier(ball, g, inverse)
    if start is None:
        d = ball.project_box(g * inverse / _per_image(nu))
    else:
        d, given = ball.project_box(start[0].to(g)), start[1].to(g)
        nu = torch.where(given > 0, given, nu)
    zero = torch.zeros_like(g)
    state = _State(d, ball.apply(d), zero, zero, zero, nu, g.new_ones(g.shape[:2]))
    state.residual = _free_residual(ball, g, state)
    return state


def _first_multiplier(ball: QuadraticBall, g: Tensor, inverse: Tensor) -> Tensor:
    """Return the multiplier of the problem with the diagonal of A alone, from some of the rows."""
    every = max(1, g.shape[2] // SAMPLED_ROWS)
    g, inverse, lower, upper = (t[:, :, ::every] for t in (g, inverse, ball.lower, ball.upper))
    share = ball.radius * g.shape[2] / ball.lower.shape[2]
    nu = (inner(g, g * inverse) / share).sqrt().clamp_min(1e-12)
    for _ in range(8):
        d = torch.minimum(torch.maximum(g * inverse / _per_image(nu), lower), upper)
        nu = (nu * (inner(d, d / inverse) / share).sqrt()).clamp_min(1e-12)
    return nu


def _gap_and_correction(ball: QuadraticBall, g: Tensor, state: _State) -> tuple[Tensor, Tensor]:
    """Return the gap of the iterate, made feasible, and the factor that corrects nu; each (B,)."""
    ratio = (inner(state.d, state.a_d) / ball.radius).clamp_min(1e-12).sqrt()
    primal, dual, _ = quadratic_bounds(ball, g, state.d, state.a_d, state.nu)
    # d / ratio is feasible, and with nu * ratio its dual bound is the same.
    reached = 1 - primal / ratio.clamp_min(1) / dual
    # Of dual - primal this much comes from nu, the rest from d, which is still moving. Only the
    # share of nu is corrected: more would make the two oscillate around the solution for ever.
    of_nu = state.nu * ball.radius * ratio * (1 - ratio)
    of_d = (dual - primal - of_nu).clamp_min(0)
    share = of_nu.abs() / (of_nu.abs() + DAMPING * of_d).clamp_min(1e-30)
    return reached, ratio**share


def _free_residual(ball: QuadraticBall, g: Tensor, state: _State) -> Tensor:
    r = g / _per_image(state.nu) - state.a_d
    held = ((state.d <= ball.lower) & (r < 0)) | ((state.d >= ball.upper) & (r > 0))
    return torch.where(held, 0.0, r)


def _inner(u: Tensor, v: Tensor) -> Tensor:
    """Return the inner product per channel of two tensors (B, C, H, W), as (B, C)."""
    return (u * v).flatten(2).sum(2)


def _step(
    ball: QuadraticBall, g: Tensor, inverse: Tensor, grids: list[Grid], state: _State
) -> None:
    """Take one conjugate step of each channel, of the best length; A is applied once."""
    scaled = state.residual * inverse
    z = scaled + torch.where(state.residual == 0, 0.0, coarse_correction(grids, state.residual))
    curvature = _inner(state.q, state.a_q)
    beta = torch.where(curvature > 0, -_inner(z, state.a_q) / curvature, 0.0).clamp_min(0)
    step = state.length[..., None, None] * (z + beta[..., None, None] * state.q)
    q = ball.project_box(state.d + step) - state.d
    gradient = g / _per_image(state.nu) - state.a_d
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
    state.residual = _free_residual(ball, g, state)
