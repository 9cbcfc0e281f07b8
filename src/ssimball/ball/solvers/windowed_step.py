"""One accelerated step of :mod:`ssimball.ball.solvers.windowed` for fixed multipliers."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Certificate
from ssimball.ball.lagrangian import gradient_from_windows
from ssimball.ball.quadratic import inner
from ssimball.ssim.index import ChangeStatistics

#: First penalty of a luminance interval, relative to what would stop the gradient at its end.
PENALTY = 1.0
#: A window's lambda stays above this share of its first value: it could not grow again from 0.
FLOOR = 1e-4
#: Largest weights of model S, relative to those at d = 0.
LARGEST_WEIGHT = 10


@dataclass
class State:
    """The iterate, its extrapolation and the multipliers.

    Attributes:
        d: iterate, (B, C, H, W).
        change: statistics of d.
        v: extrapolated point, (B, C, H, W).
        mean_v: W v, (B, C, h, w).
        t: momentum parameter of FISTA, (B,).
        nu: multiplier of the mean constraint, (B,).
        structure_multiplier: lambda of each window, (B, C, h, w).
        y: multiplier of each window's luminance, of either sign, (B, C, h, w).
        penalty: of each luminance interval, (B, C, h, w).
        floor: least lambda of each window, (B, C, h, w).
    """

    d: Tensor
    change: ChangeStatistics
    v: Tensor
    mean_v: Tensor
    t: Tensor
    nu: Tensor
    structure_multiplier: Tensor
    y: Tensor
    penalty: Tensor
    floor: Tensor


@dataclass(frozen=True)
class _Model:
    """Quadratic model of the Lagrangian at an iterate; see :func:`_gradient`.

    Attributes:
        structure: weight of the variance, per window.
        luminance: weight of the squared mean, per window.
        image: weight of the covariance with the image, per window.
        constant: constant part of the mean's derivative, per window.
        metric: diagonal of a majorant, per pixel.
        target: point in each window's luminance interval to which the penalty pulls its mean.
    """

    structure: Tensor
    luminance: Tensor
    image: Tensor
    constant: Tensor
    metric: Tensor
    target: Tensor


def initial_state(ball: Ball, g: Tensor, start: Certificate | None) -> State:
    """Return the state to start from.

    Args:
        ball: S, L, or a mean constraint with L.
        g: the objective, float64 (B, C, H, W).
        start: certificate of a similar problem on the same images; None to start from d = 0.
    """
    zero = torch.zeros_like(ball.statistics.mean)
    d, nu = torch.zeros_like(ball.images), g.new_zeros(len(g))
    multiplier = y = penalty = zero
    if ball.mean is not None:
        metric = ball.quadratic.majorant()
        nu = (inner(g, g / metric) / ball.radius).sqrt()
    floor = zero
    if ball.local is not None:
        multiplier, penalty, floor = first_multipliers(ball, g)
    if start is not None:
        d = ball.project_box(start.perturbation.double())
        nu = torch.where(start.proof.multiplier > 0, start.proof.multiplier, nu)
        if start.proof.windows is not None and ball.local is not None:
            given, y = start.proof.windows.double().unbind(1)
            # If only the box mattered in that problem, all of its multipliers are 0.
            known = given.amax((1, 2, 3), keepdim=True) > 0
            multiplier = torch.where(known, torch.maximum(given, floor), multiplier)
    change, t = ball.change(d), g.new_ones(len(g))
    return State(d, change, d, change.mean, t, nu, multiplier, y, penalty, floor)


def first_multipliers(ball: Ball, g: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return lambda, the luminance penalty and the least lambda of each window, (B, C, h, w) each.

    Args:
        ball: with a local constraint.
        g: the objective, float64 (B, C, H, W).
    """
    assert ball.local is not None
    cover = ball.window.adjoint(torch.ones_like(ball.local.radius), g.shape[-2:]).clamp_min(1e-3)
    pull = ball.window.mean(g * g / cover).sqrt()
    pull = torch.maximum(pull, 1e-6 * pull.amax((1, 2, 3), keepdim=True))
    multiplier = pull / ball.local.radius.sqrt() / 2
    penalty = PENALTY * pull / (ball.local.high - ball.local.low)
    return multiplier, penalty, FLOOR * multiplier


def mean_weights(ball: Ball, change: ChangeStatistics) -> tuple[Tensor, Tensor]:
    """Return a and b of the mean constraint; for S at most ten times those at d = 0."""
    a, b = ball.weights(change)
    structure, luminance = ball.denominators
    largest = LARGEST_WEIGHT / structure, LARGEST_WEIGHT / luminance
    return torch.minimum(a, largest[0]), torch.minimum(b, largest[1])


def step(ball: Ball, g: Tensor, state: State) -> Tensor:
    """Take one accelerated step of d, and of the multiplier y, which belongs to it.

    Args:
        ball: the ball.
        g: the objective, float64 (B, C, H, W).
        state: updated in place.

    Returns:
        How far d lags behind the multipliers, (B, C, H, W): what the model can still gain inside
        the box.
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


def _model(ball: Ball, state: State) -> _Model:
    mu, m, variance = ball.statistics.mean, state.change.mean, state.change.variance
    structure = luminance = image = constant = metric = target = torch.zeros_like(m)
    if ball.mean is not None:
        nu = state.nu.reshape(-1, 1, 1, 1)
        a, b = mean_weights(ball, state.change)
        structure, luminance = nu * a, nu * b
        metric = torch.maximum(structure, luminance)
        if ball.mean == "S":
            image = nu * a * a * variance.clamp_min(0)
            bent = nu * b * b * m * m * mu
            constant = image * mu - bent
            # The most that the denominators' dependence on d adds to the curvature.
            widened = 1 + 2 * a * (ball.statistics.variance * variance.clamp_min(0)).sqrt()
            metric = torch.maximum(
                structure * widened**2, luminance * (1 + 2 * b * mu * m.abs()) ** 2
            )
    if ball.local is not None:
        twice = 2 * state.structure_multiplier
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
    """Return the gradient of the model at ``v``, without the objective."""
    of_mean = (model.luminance - model.structure) * mean_v + model.constant
    return gradient_from_windows(ball, v, model.structure, model.image, of_mean)
