"""The smallest radius at which a linear function reaches a value, against Clarabel and the box."""

import cvxpy as cp
import numpy as np
import pytest
import torch

from ssimball.ball.ball import Ball
from ssimball.ball.solvers import smallest_radius as module
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ball.solvers.smallest_radius import WIDTH, RadiusBracket, smallest_radius
from ssimball.ssim.windows import gaussian

C1, C2 = 1e-4, 9e-4
SIDE = 12


def exact(plain, window, x, g, tau, value):
    """Return the smallest mean of the terms of model Q by its definition, window by window."""
    w, (lower, upper) = plain.rows_of(window, SIDE, SIDE), plain.bounds_of(x, tau)
    d, rows = upper.max() * cp.Variable(x.size), []
    for row, mu, s2 in zip(w, *plain.moments(w, x), strict=True):
        m = row @ d
        rows.append(m / np.sqrt(2 * mu**2 + C1))
        rows.append(cp.multiply(np.sqrt(row), d - m) / np.sqrt(2 * s2 + C2))
    constraints = [d >= lower, d <= upper, g @ d >= value]
    problem = cp.Problem(cp.Minimize(cp.norm(cp.hstack(rows))), constraints)
    problem.solve(solver=cp.CLARABEL)
    assert problem.status == "optimal"
    return problem.value**2 / len(w)


@pytest.mark.parametrize(("boundary", "share"), [("valid", 0.05), ("valid", 0.9), ("reflect", 0.4)])
def test_bracket_holds_the_radius_of_clarabel(plain, picture, boundary, share):
    """The value to reach is a share of what the box allows: from hardly to nearly all binding."""
    window = gaussian(3, 0.8, 1, boundary)
    x, g = picture(3, (1, SIDE, SIDE)), plain.noise((1, 1, SIDE, SIDE))
    ball = Ball.around(torch.from_numpy(x)[None], 0.01, 8 / 255, window=window)
    value = share * float(torch.maximum(g * ball.lower, g * ball.upper).sum())
    expected = exact(plain, window, x.ravel(), g.numpy().ravel(), 8 / 255, value)
    for gap in (0.5, 1e-4):
        start = BallSolver(ball).maximise(g, gap=gap)
        found = smallest_radius(ball, start, value)
        assert found.lower * (1 - 1e-5) <= expected <= found.upper * (1 + 1e-5)
        assert found.width <= WIDTH


@pytest.mark.parametrize("solves", [0, 1])
def test_bracket_is_valid_whatever_the_number_of_solves(plain, picture, monkeypatch, solves):
    monkeypatch.setattr(module, "SOLVES", solves)
    x, g = torch.from_numpy(picture(3, (1, SIDE, SIDE)))[None], plain.noise((1, 1, SIDE, SIDE))
    ball = Ball.around(x, 1e-6, 8 / 255, window=gaussian(3, 0.8))
    best = 0.8 * float(torch.maximum(g * ball.lower, g * ball.upper).sum())
    start = BallSolver(ball).maximise(g, gap=0.5)
    found = smallest_radius(ball, start, best)
    monkeypatch.undo()
    closed = smallest_radius(ball, start, best)
    assert found.lower <= closed.upper and closed.lower <= found.upper
    assert found.width > closed.width


def test_no_radius_reaches_more_than_the_box_and_none_is_needed_for_nothing(plain):
    grey = torch.full((1, 1, SIDE, SIDE), 0.5, dtype=torch.float64)
    g, tau = plain.noise(grey.shape), 8 / 255
    ball = Ball.around(grey, 0.01, tau)
    start, most = BallSolver(ball).maximise(g), tau * float(g.abs().sum())
    assert smallest_radius(ball, start, most * (1 + 1e-9)) is None
    assert smallest_radius(ball, start, 0.0) == RadiusBracket(0.0, 0.0)
    corner = tau * g.sign()
    needed = float(ball.distance(ball.change(corner)) / ball.radius * ball.epsilon)
    found = smallest_radius(ball, start, most * (1 - 1e-12))
    assert found.lower <= needed and found.upper == pytest.approx(needed, rel=1e-6)
