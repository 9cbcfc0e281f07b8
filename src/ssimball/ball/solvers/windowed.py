"""Linear maximisation over the balls that are not one quadratic: S, L, and a mean with L.

For fixed multipliers the Lagrangian is close to a quadratic of the same form as model Q's, with
weights per window that the multipliers decide. On it one step of FISTA (Beck, Teboulle 2009) in the
metric of a diagonal majorant, with restart by gradient (O'Donoghue, Candes 2015); after each step
the multipliers follow the perturbation:

- nu of the mean constraint and lambda of each window's structure are multiplied by a power of how
  far the constraint is used (1 at its edge). Without box d would be inversely proportional to them.
  The power of each grows while it keeps its direction and shrinks when it turns (as in Rprop,
  Riedmiller, Braun 1993), and steps have momentum until then. Only the share of the gap that is
  the multiplier's own is corrected: the rest is d's, still on its way.
- y of each window's luminance, an interval, by the method of multipliers (Hestenes 1969): its
  quadratic penalty also keeps slow, smooth parts of d from being free.

All in float64 on any device, all images at once, none depending on another.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Certificate, Proof, gathered
from ssimball.ball.quadratic import inner, total
from ssimball.ball.solvers.best import improved
from ssimball.ball.solvers.rates import Rate
from ssimball.ssim.index import ChangeStatistics

CHECK_EVERY = 5
#: Penalty of a luminance interval, at first, over what would stop the gradient at its end; and its
#: growth in a step while the mean is outside.
PENALTY, STIFFENING = 1.0, 1.05
#: Violation of a luminance interval that stiffens its penalty, over half its width.
SLACK = 1e-3
#: A window's lambda stays above this share of its first value: it could not grow again from 0.
FLOOR = 1e-4


@dataclass
class _State:
    """Iterate d with its statistics, extrapolated point v with W v, momentum t, multipliers."""

    d: Tensor
    change: ChangeStatistics
    v: Tensor
    mean_v: Tensor
    t: Tensor
    nu: Tensor
    inside: Tensor
    y: Tensor
    penalty: Tensor
    floor: Tensor


@dataclass(frozen=True)
class _Model:
    """The quadratic model of the Lagrangian at an iterate: see :func:`_gradient`.

    Attributes:
        structure, luminance: weights of variance and squared mean, per window.
        image: weight of the covariance with the image, per window.
        constant: of the mean's derivative, per window.
        metric: diagonal of a majorant, per pixel.
        target: point in each window's luminance interval that the penalty pulls its mean to.
    """

    structure: Tensor
    luminance: Tensor
    image: Tensor
    constant: Tensor
    metric: Tensor
    target: Tensor


def improve(
    ball: Ball, best: Certificate, gap: float, max_iterations: int, start: Certificate | None
) -> Certificate:
    """A certificate with the gap closed where it can be, from one of any perturbation.

    Args:
        ball: S, L, or a mean constraint with L.
        best: a certificate of the ball; images that it closes the gap of stay as they are.
        gap: relative duality gap to stop at.
        max_iterations: where to give up.
        start: an earlier answer to begin from; None for d = 0.
    """
    unsolved = best.gap > gap
    if not bool(unsolved.any()):
        return best
    g = best.gradient.double()
    state = _begin(ball, g, start)
    rates = Rate.of(state.nu), Rate.of(state.inside)
    look, since, average = CHECK_EVERY, 0, state.d
    for k in range(1, max_iterations + 1):
        lag = _step(ball, g, state)
        _follow(ball, state, rates, lag)
        since = 1 if k & (k - 1) == 0 else since + 1
        average = state.d if since == 1 else average + (state.d - average) / since
        if k < look and k < max_iterations:
            continue
        look = k + max(CHECK_EVERY, k // 8)
        last = k == max_iterations
        best = improved(ball, best, _proof(ball, state), (state.d, average), gap, last)
        iterations = torch.where(unsolved.cpu(), k, best.iterations)
        unsolved = best.gap > gap
        best = replace(best, iterations=iterations)
        if not bool(unsolved.any()):
            break
    return best


def _begin(ball: Ball, g: Tensor, start: Certificate | None) -> _State:
    zero, none = torch.zeros_like(ball.images), torch.zeros_like(ball.statistics.mean)
    nu, inside, y, penalty = g.new_zeros(len(g)), none, none, none
    if ball.mean is not None:
        metric = ball.quadratic.majorant()
        nu = (inner(g, g / metric) / ball.radius).sqrt()
    if ball.local is not None:
        cover = ball.window.adjoint(torch.ones_like(none), g.shape[-2:]).clamp_min(1e-3)
        pull = ball.window.mean(g * g / cover).sqrt()
        pull = torch.maximum(pull, 1e-6 * pull.amax((1, 2, 3), keepdim=True))
        inside = pull / ball.local.radius.sqrt() / 2
        penalty = PENALTY * pull / (ball.local.high - ball.local.low)
    d, floor = zero, FLOOR * inside
    if start is not None:
        d = ball.project_box(start.perturbation.double())
        nu = torch.where(start.proof.multiplier > 0, start.proof.multiplier, nu)
        if start.proof.windows is not None and ball.local is not None:
            given, y = start.proof.windows.double().unbind(1)
            # Where nothing but the box mattered before, all of them are 0.
            known = given.amax((1, 2, 3), keepdim=True) > 0
            inside = torch.where(known, torch.maximum(given, FLOOR * inside), inside)
    change = ball.change(d)
    one = g.new_ones(len(g))
    return _State(d, change, d, change.mean, one, nu, inside, y, penalty, floor)


def _proof(ball: Ball, state: _State) -> Proof:
    windows = None
    if ball.local is not None:
        windows = torch.stack([state.inside, state.y], 1).float()
    return Proof(state.nu, windows, state.d.float())


def _weights(ball: Ball, change: ChangeStatistics) -> tuple[Tensor, Tensor]:
    """Of the mean constraint; for S no larger than ten times those at d = 0."""
    a, b = ball.weights(change)
    structure, luminance = ball.denominators
    return torch.minimum(a, 10 / structure), torch.minimum(b, 10 / luminance)


def _model(ball: Ball, state: _State) -> _Model:
    mu, m, variance = ball.statistics.mean, state.change.mean, state.change.variance
    structure = luminance = image = constant = metric = target = torch.zeros_like(m)
    if ball.mean is not None:
        nu = state.nu.reshape(-1, 1, 1, 1)
        a, b = _weights(ball, state.change)
        structure, luminance = nu * a, nu * b
        metric = torch.maximum(structure, luminance)
        if ball.mean == "S":
            image = nu * a * a * variance.clamp_min(0)
            bent = nu * b * b * m * m * mu
            constant = image * mu - bent
            # How much the denominators' dependence on d adds to the curvature, at most.
            widened = 1 + 2 * a * (ball.statistics.variance * variance.clamp_min(0)).sqrt()
            metric = torch.maximum(
                structure * widened**2, luminance * (1 + 2 * b * mu * m.abs()) ** 2
            )
    if ball.local is not None:
        twice = 2 * state.inside
        penalty = state.penalty
        target = m + state.y / penalty.clamp_min(1e-300)
        target = torch.minimum(torch.maximum(target, ball.local.low), ball.local.high)
        metric = metric + torch.maximum(twice, penalty)
        structure, luminance = structure + twice, luminance + penalty
        image = image + ball.local.k * twice
        constant = constant + ball.local.k * twice * mu + state.y - penalty * target
    spread = ball.window.adjoint(metric, ball.images.shape[-2:]).clamp_min(1e-300)
    return _Model(structure, luminance, image, constant, spread, target)


def _gradient(ball: Ball, model: _Model, v: Tensor, mean_v: Tensor) -> Tensor:
    """Of the model at v, less g."""
    of_mean = (model.luminance - model.structure) * mean_v + model.constant
    return gathered(ball, v, model.structure, model.image, of_mean)


def _step(ball: Ball, g: Tensor, state: _State) -> Tensor:
    """One accelerated step of d, and of the multiplier y, which belongs to it.

    Returns:
        How far d lags behind the multipliers, (B, C, H, W): what the box still lets the model gain.
    """
    model = _model(ball, state)
    slope = _gradient(ball, model, state.v, state.mean_v) - g
    lag = torch.maximum(-slope * ball.lower, -slope * ball.upper) + slope * state.v
    d = ball.project_box(state.v - slope / model.metric)
    uphill = inner((state.v - d) * model.metric, d - state.d) > 0
    t = torch.where(uphill, 1.0, state.t)
    state.t = (1 + (1 + 4 * t * t).sqrt()) / 2
    momentum = ((t - 1) / state.t).reshape(-1, 1, 1, 1)
    change = ball.change(d)
    state.v = d + momentum * (d - state.d)
    state.mean_v = change.mean + momentum * (change.mean - state.change.mean)
    state.y = state.y + state.penalty * (change.mean - model.target)
    state.d, state.change = d, change
    return lag.clamp_min(0)


def _follow(ball: Ball, state: _State, rates: tuple[Rate, Rate], lag: Tensor) -> None:
    """Multipliers of the mean constraint and of each window's structure after a step."""
    if ball.mean is not None:
        a, b = _weights(ball, state.change)
        used = a * state.change.variance.clamp_min(0) + b * state.change.mean**2
        used = (total(used) / ball.radius).sqrt()
        # Corrected faster than d can follow, nu would swing around the solution.
        off = state.nu * ball.radius * used * (1 - used).abs()
        factor = rates[0].factor(used, off / (off + total(lag)).clamp_min(1e-300))
        state.nu = (state.nu * factor).clamp_min(1e-12)
    if ball.local is not None:
        used, mean = ball.usage(state.change)
        used = used.sqrt()
        off = 2 * state.inside * ball.local.radius * used * (1 - used).abs()
        share = off / (off + ball.window.mean(lag)).clamp_min(1e-300)
        state.inside = torch.maximum(state.inside * rates[1].factor(used, share), state.floor)
        state.penalty = state.penalty * torch.where(mean > 1 + SLACK, STIFFENING, 1.0)
