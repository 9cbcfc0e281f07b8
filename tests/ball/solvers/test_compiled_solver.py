"""The compiled code from image to certificate against the torch code that defines each part."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Proof, bounds
from ssimball.ball.feasible import round_into_box
from ssimball.ball.quadratic import inner
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ball.solvers.projected_cg import exact
from ssimball.ball.stopping import Stopped
from ssimball.ssim.windows import BALL_WINDOW, SSIM_WINDOW, gaussian, uniform

NUMBERS = st.integers(0, 10_000)
CAPS = st.one_of(st.none(), st.floats(1 / 255, 0.5))
WINDOWS = st.sampled_from(
    [
        SSIM_WINDOW,
        BALL_WINDOW,
        uniform(11, 4),
        uniform(3, 3),
        gaussian(11, 1.5, 3),
    ]
)


def both(picture, number, tau, window):
    """Return the ball around one image, in torch and compiled."""
    x = picture(number, (2, 18, 21))
    ball = Ball.around(torch.from_numpy(x)[None], 0.01, tau, window=window)
    return ball, exact.quadratic_of(x, ball.caps[0, 0].numpy(), window)


def inside(ball, number):
    """Return a float32 perturbation in the box, with many pixels at its bounds."""
    rng = np.random.default_rng(number)
    share = torch.from_numpy(rng.choice([0, 1, rng.random()], ball.images.shape))
    return round_into_box(ball, ball.lower + share * (ball.upper - ball.lower))


@settings(max_examples=40)
@given(NUMBERS, CAPS, WINDOWS, st.floats(0, 100))
def test_bounds_are_those_of_the_certificate(picture, number, tau, window, nu):
    ball, compiled = both(picture, number, tau, window)
    g = torch.from_numpy(np.random.default_rng(number).standard_normal(ball.images.shape)).float()
    d = inside(ball, number)
    primal, quadratic, box = exact.bounds(compiled, g[0].numpy(), d[0].numpy(), nu, window.taps)
    multiplier = torch.tensor([nu], dtype=torch.float64)
    expected = [float(value) for value in bounds(ball, g, d, Proof(multiplier))]
    used = float(inner(d.double(), ball.quadratic.apply(d.double())))
    assert primal == pytest.approx(expected[0], rel=1e-9, abs=1e-12)
    assert quadratic == pytest.approx(used, rel=1e-10, abs=1e-300)
    assert nu * (ball.radius * quadratic) ** 0.5 + box == pytest.approx(expected[1], rel=1e-9)


@settings(max_examples=40)
@given(NUMBERS, CAPS, st.floats(0, 2))
def test_rounding_into_the_box_is_the_same_to_the_bit(picture, number, tau, scale):
    ball, compiled = both(picture, number, tau, BALL_WINDOW)
    d = torch.from_numpy(np.random.default_rng(number).normal(0, 0.1, ball.images.shape)).float()
    rounded = np.empty(d.shape[1:], np.float32)
    # d is the second of three rows.
    rows = np.stack([d[0].numpy()] * 3, 2)
    exact.round_into_box(compiled, rows, 1, scale, rounded)
    expected = round_into_box(ball, ball.project_box(scale * d.double()))[0]
    assert torch.equal(torch.from_numpy(rounded), expected)
    assert bool(((expected >= ball.lower) & (expected <= ball.upper)).all())


@pytest.mark.parametrize(
    "epsilon", [0.01, 1e-4, 1e6], ids=["usual", "flat images fail in float32", "box alone"]
)
def test_result_does_not_depend_on_batch_or_threads(picture, hard_gradient, epsilon):
    x = torch.from_numpy(np.stack([picture(n, (2, 18, 21)) for n in (0, 1, 2, 4, 5)]))
    g = torch.cat([hard_gradient(n, (1, 2, 18, 21)) for n in range(5)])
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        together = BallSolver(Ball.around(x, epsilon, 8 / 255)).maximise(g, gap=1e-5)
    finally:
        torch.set_num_threads(before)
    for i in range(5):
        image = slice(i, i + 1)
        alone = BallSolver(Ball.around(x[image], epsilon, 8 / 255)).maximise(g[image], gap=1e-5)
        assert together.stopped[i] == alone.stopped[0]
        for name in ("gradient", "perturbation", "primal", "dual", "gap", "iterations"):
            assert torch.equal(getattr(together, name)[image], getattr(alone, name)), name
        assert torch.equal(together.proof.multiplier[image], alone.proof.multiplier)


def test_start_at_the_solution_ends_at_once(picture, hard_gradient):
    x = torch.from_numpy(np.stack([picture(n, (2, 18, 21)) for n in (0, 4, 6)]))
    ball, g = Ball.around(x, 0.01, 8 / 255, window=SSIM_WINDOW), hard_gradient(0, x.shape)
    cold = BallSolver(ball).maximise(g, gap=1e-4)
    warm = BallSolver(ball).maximise(g, gap=2e-4, start=cold)
    assert int(cold.iterations.min()) > 5
    assert int(warm.iterations.max()) <= 2
    assert warm.stopped == [Stopped.GAP] * 3
