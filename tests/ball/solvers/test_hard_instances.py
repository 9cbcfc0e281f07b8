"""Images, radii, caps and gradients at the limits of floats, for every solver and the bracket."""

import math

import numpy as np
import pytest
import torch

from ssimball.ball.ball import Ball
from ssimball.ball.bracket.bracket import bracket
from ssimball.ball.bracket.relaxation import Relaxation
from ssimball.ball.bracket.sides import UpperSide, lower_side
from ssimball.ball.certificate import bounds, unit_gradient
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ball.solvers.goal import Goal
from ssimball.ball.solvers.projected_cg import precisions, torch_engine
from ssimball.ball.stopping import Stopped
from ssimball.ssim.windows import gaussian

SIDE, TAU, LIMIT = 20, 8 / 255, 100
board = np.indices((SIDE, SIDE)).sum(0) % 2
ramp = np.linspace(0, 1, SIDE * SIDE).reshape(SIDE, SIDE)
noise = np.random.default_rng(0).standard_normal((SIDE, SIDE))
one_hot = np.zeros((SIDE, SIDE))
one_hot[0, 0] = 1

#: Name: image, radius, cap and gradient.
INSTANCES = {
    "black": (0 * ramp, 0.01, TAU, noise),
    "white": (0 * ramp + 1, 0.01, TAU, noise),
    "grey": (0 * ramp + 0.5, 0.01, TAU, noise),
    "grey without cap": (0 * ramp + 0.5, 0.01, None, noise),
    "half": (np.repeat([[0.0] * 10 + [1.0] * 10], SIDE, 0), 0.01, TAU, noise),
    "checkerboard": (1.0 * board, 0.01, TAU, noise),
    "one window": (ramp[:11, :11], 0.01, TAU, noise[:11, :11]),
    "row of windows": (ramp[:11], 0.01, None, noise[:11]),
    "tiny radius": (ramp, 1e-8, TAU, noise),
    "tiny radius, black": (0 * ramp, 1e-8, None, noise),
    "huge radius": (ramp, 0.99, TAU, noise),
    "huge radius without cap": (ramp, 0.99, None, noise),
    "tiny cap": (ramp, 0.01, 1e-9, noise),
    "tiny cap and radius": (ramp, 1e-8, 1e-9, noise),
    "tiny gradient": (ramp, 0.01, TAU, 1e-310 * noise),
    "huge gradient": (ramp, 0.01, TAU, 1e300 * noise),
    "corner": (ramp, 0.01, TAU, one_hot),
    "corner without cap": (ramp, 0.01, None, one_hot),
    "corner outwards": (ramp, 0.01, TAU, -one_hot),
    "zero gradient": (ramp, 0.01, TAU, 0 * ramp),
}


def in_torch(ball, gradient, monkeypatch):
    """Solve model Q by the engine for other devices than the CPU."""
    monkeypatch.setattr(precisions, "compiled_engine", torch_engine)
    both, goal = (torch.float32, torch.float64), Goal(1e-3, LIMIT)
    return precisions.maximise_in_torch(ball, unit_gradient(gradient), goal, None, both)


@pytest.mark.parametrize("boundary", ["valid", "reflect"])
@pytest.mark.parametrize("solver", ["Q", "Q in torch", "S", "L"])
@pytest.mark.parametrize("name", INSTANCES)
def test_result_is_feasible_and_certified(monkeypatch, name, solver, boundary):
    x, epsilon, tau, g = INSTANCES[name]
    image, gradient = (torch.from_numpy(np.array(plane))[None, None] for plane in (x, g))
    window = gaussian(boundary=boundary)
    ball = Ball.around(image, epsilon, tau, solver[0], window=window)
    if solver == "Q in torch":
        found = in_torch(ball, gradient, monkeypatch)
    else:
        found = BallSolver(ball).maximise(gradient, max_iterations=LIMIT)
    assert bool(ball.contains(found.perturbation))
    again = bounds(ball, found.gradient, found.perturbation, found.proof)
    for value, stored in zip(again, (found.primal, found.dual, found.gap), strict=True):
        assert math.isfinite(float(stored))
        assert float(value) == pytest.approx(float(stored), rel=1e-9, abs=1e-9)
    assert 0 <= float(found.primal) <= float(found.dual) * (1 + 1e-9)
    if name == "zero gradient":
        assert found.stopped == [Stopped.ZERO_GRADIENT]
        assert not bool(found.perturbation.any())
    else:
        assert float(found.gap) < 1


@pytest.mark.parametrize("boundary", ["valid", "reflect"])
@pytest.mark.parametrize("name", INSTANCES)
def test_bracket_is_finite_and_follows_from_its_record(name, boundary):
    x, epsilon, tau, g = INSTANCES[name]
    image, gradient = (torch.from_numpy(np.array(plane))[None, None] for plane in (x, g))
    ball = Ball.around(image, epsilon, tau, window=gaussian(boundary=boundary))
    found = bracket(ball, gradient)
    lower, inside = lower_side(ball, found.gradient, found.point, found.scale)
    upper = UpperSide(Relaxation.of(ball), found.gradient, found.tangent).bound(found.multiplier)
    assert bool(inside)
    assert math.isfinite(float(upper))
    assert 0 <= float(lower) == float(found.lower) <= float(found.upper) * (1 + 1e-12)
    assert float(upper) == float(found.upper)
    assert float(found.ratio) > 0 or name == "corner outwards"
