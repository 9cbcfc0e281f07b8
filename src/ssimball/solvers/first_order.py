"""Linear maximisation over the quadratic SSIM ball by accelerated projected gradient.

max <g, d> over d'Ad <= radius and lower <= d <= upper. For a multiplier nu of the quadratic the
remaining problem, min d'Ad / 2 - <g, d> / nu over the box, is solved by FISTA (Beck, Teboulle
2009) in the metric of a diagonal majorant of A, with restart by gradient (O'Donoghue, Candes
2015). Without the box, d is proportional to 1 / nu; so nu is multiplied by sqrt(d'Ad / radius) as
the iteration goes, which is exact there and has its fixed point at the solution everywhere. The
factor is taken to a power in [0, 1]: the share of the duality gap that nu is to blame for.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ssimball.ball import QuadraticBall, inner
from ssimball.certificate import Certificate, bounds, bounds_from, make_feasible

#: Iterations between looks at the gap and corrections of nu.
CHECK_EVERY = 2
#: The loop aims below the gap that was asked for: rounding in float32 costs a little.
SAFETY = 0.9


@dataclass
class _State:
    """Iterate d, extrapolated point v, their images under A, momentum t, multiplier nu."""

    d: Tensor
    a_d: Tensor
    v: Tensor
    a_v: Tensor
    t: Tensor
    nu: Tensor


def maximise(
    images: Tensor,
    gradient: Tensor,
    *,
    epsilon: float,
    tau: float | None,
    gap: float = 1e-3,
    max_iterations: int = 2000,
) -> Certificate:
    """Solve the problem for a batch and certify the answer in float64.

    Args:
        images: clean images in [0, 1], (B, C, H, W).
        gradient: of the loss to be increased, finite, same shape; only its direction matters.
        epsilon, tau: see :meth:`QuadraticBall.around`.
        gap: relative duality gap to stop at.
        max_iterations: the solver stops here at the latest.

    Returns:
        ``stopped`` says ``gap`` where the certified gap is the one asked for; ``iterations`` where
        they ran out first; ``precision`` where float32 saw the gap closed and float64 does not
        (radii near 1e-5, flat images without a cap); ``zero gradient``.

    Raises:
        ValueError: the gradient is not finite.
    """
    if not bool(gradient.isfinite().all()):
        raise ValueError("the gradient is not finite")
    largest = gradient.abs().flatten(1).amax(1).reshape(-1, 1, 1, 1)
    g16 = torch.where(largest > 0, gradient / largest.clamp_min(1e-300), 0.0).half()
    fast = QuadraticBall.around(images, epsilon, tau, torch.float32)
    exact = QuadraticBall.around(images, epsilon, tau, torch.float64)
    d, nu, iterations = _iterate(fast, g16.float(), SAFETY * gap, max_iterations)
    d32, scale = make_feasible(exact, d)
    multiplier = nu.double() / scale
    primal, dual, reached = bounds(exact, g16, d32, multiplier)
    facts = zip(g16.flatten(1).any(1), reached <= gap, iterations == max_iterations, strict=True)
    stopped = [_reason(*(bool(fact) for fact in image)) for image in facts]
    return Certificate(g16, d32, multiplier, primal, dual, reached, iterations, stopped)


def _reason(nonzero: bool, closed: bool, spent: bool) -> str:
    if not nonzero:
        return "zero gradient"
    if closed:
        return "gap"
    return "iterations" if spent else "precision"


def _iterate(
    ball: QuadraticBall, g: Tensor, gap: float, max_iterations: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Perturbation, multiplier and iterations of each image, kept from when it reached the gap."""
    answer, nu = _corner(ball, g)
    iterations = torch.zeros(len(g), dtype=torch.int64, device=g.device)
    # Where the whole box lies in the ball its best corner is the solution, with nu = 0.
    done = inner(answer, ball.apply(answer)) <= ball.radius
    metric = ball.majorant()
    state = _start(ball, g, metric)
    for k in range(1, max_iterations + 1):
        if bool(done.all()):
            break
        _step(ball, g, metric, state)
        if k % CHECK_EVERY and k < max_iterations:
            continue
        reached, correction = _look(ball, g, state)
        keep = ~done
        answer = torch.where(keep.reshape(-1, 1, 1, 1), state.d, answer)
        nu = torch.where(keep, state.nu, nu)
        iterations = torch.where(keep, k, iterations)
        done = done | (reached <= gap)
        state.nu = state.nu * correction
    return answer, nu, iterations


def _corner(ball: QuadraticBall, g: Tensor) -> tuple[Tensor, Tensor]:
    """The maximiser over the box alone, and its multiplier 0."""
    corner = torch.where(g > 0, ball.upper, ball.lower)
    return torch.where(g == 0, 0.0, corner), g.new_zeros(len(g))


def _start(ball: QuadraticBall, g: Tensor, metric: Tensor) -> _State:
    zero = torch.zeros_like(g)
    # The multiplier of the problem with the majorant in place of A, without box.
    nu = (inner(g, g / metric) / ball.radius).sqrt().clamp_min(1e-12)
    return _State(zero, zero, zero, zero, g.new_ones(len(g)), nu)


def _look(ball: QuadraticBall, g: Tensor, state: _State) -> tuple[Tensor, Tensor]:
    """Relative gap of the iterate, made feasible, and the factor that corrects nu; each (B,)."""
    ratio = (inner(state.d, state.a_d) / ball.radius).clamp_min(1e-12).sqrt()
    primal, dual, _ = bounds_from(ball, g, state.d, state.a_d, state.nu)
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
