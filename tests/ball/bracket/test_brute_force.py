"""Whole brackets against all perturbations on a grid, and their records on any problem."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ssimball.ball.ball import Ball
from ssimball.ball.bracket.bracket import bracket
from ssimball.ball.bracket.relaxation import Relaxation
from ssimball.ball.bracket.sides import UpperSide, lower_side
from ssimball.ball.quadratic import inner, total
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ssim.index import ssim_map
from ssimball.ssim.windows import BALL_WINDOW, SSIM_WINDOW, uniform

both_boundaries = pytest.mark.parametrize("boundary", ["valid", "reflect"])
IMAGES = {
    "flat": np.full(9, 0.5),
    "dark": np.array([0, 2, 0, 3, 5, 0, 0, 1, 4]) / 255,
    "edge": np.array([0.2, 0.8, 0.8] * 3),
    "texture": np.array([0.5, 0.4, 0.55, 0.6, 0.5, 0.45, 0.52, 0.61, 0.4]),
}


def grid(ball):
    """Return perturbations with three levels per pixel, in the box and in smaller ones."""
    shares = torch.tensor(list(itertools.product([0.0, 0.5, 1.0], repeat=9))).double()
    points = ball.lower + shares.reshape(-1, 1, 3, 3) * (ball.upper - ball.lower)
    return torch.cat([size * points for size in np.geomspace(0.05, 1, 6)])


@both_boundaries
@pytest.mark.parametrize("values", IMAGES.values(), ids=IMAGES)
@pytest.mark.parametrize("tau", [4 / 255, 16 / 255, 1.0])
def test_no_point_of_the_grid_exceeds_the_bracket(values, tau, boundary):
    """The grid has 118,000 perturbations of an image of 3 x 3 pixels, with windows of 3 x 3."""
    x = torch.from_numpy(values).reshape(1, 1, 3, 3)
    ball = Ball.around(x, 0.02, tau, window=uniform(3, boundary=boundary))
    points = grid(ball)
    similarity = ssim_map(x.expand_as(points), x + points, ball.window)
    allowed = points[total(1 - similarity) <= ball.radius]
    rng = np.random.default_rng(0)
    for _ in range(3):
        found = bracket(ball, torch.from_numpy(rng.standard_normal(x.shape)))
        best = float(inner(allowed, found.gradient.double().expand_as(allowed)).max())
        assert best <= float(found.upper) * (1 + 1e-12)
        # The lower side is a local optimum: without a cap, there are better ones.
        assert tau == 1 or best <= float(found.lower) * 1.01
        assert float(found.lower) <= float(found.upper) * (1 + 1e-12)


@settings(max_examples=20)
@given(
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.floats(-5, -0.1).map(lambda power: 10.0**power),
    st.one_of(st.none(), st.floats(-4, -0.3).map(lambda power: 10.0**power)),
    st.sampled_from([BALL_WINDOW, SSIM_WINDOW]),
    st.booleans(),
)
def test_any_bracket_follows_from_its_record_and_holds_the_safe_ball(
    picture, hard_gradient, number, seed, epsilon, tau, window, confined
):
    x = torch.from_numpy(picture(number, (1, 16, 14)))[None]
    ball = Ball.around(x, epsilon, tau, "S", window=window)
    if confined:
        ball = ball.restricted_to(torch.arange(14).expand(1, 16, 14) < 9)
    found = bracket(ball, hard_gradient(seed, x.shape))
    lower, inside = lower_side(ball, found.gradient, found.point, found.scale)
    side = UpperSide(Relaxation.of(ball), found.gradient, found.tangent)
    assert bool(inside)
    assert float(lower) == float(found.lower) <= float(found.upper) * (1 + 1e-12)
    assert float(side.bound(found.multiplier)) == float(found.upper)
    # Every perturbation of model S lies in the true ball.
    safe = BallSolver(ball).maximise(found.gradient.double(), max_iterations=100)
    assert float(safe.primal) <= float(found.upper) * (1 + 1e-12)
