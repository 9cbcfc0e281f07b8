"""Balls that are zero outside a region, against Clarabel, closed forms and each other."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import bounds
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ball.solvers.goal import Goal
from ssimball.ball.solvers.projected_cg.precisions import maximise_in_torch
from ssimball.ball.solvers.relinearise import RelinearisingSolver
from ssimball.ball.stopping import Stopped
from ssimball.ssim.windows import BALL_WINDOW, SSIM_WINDOW, gaussian, uniform

C1, C2 = 1e-4, 9e-4
#: Relative accuracy of Clarabel's optimum.
CLARABEL = 1e-6


def mask(side, rows, columns):
    """Return the region of some rows and columns of a square image."""
    region = torch.zeros(1, side, side, dtype=torch.bool)
    region[0, rows, columns] = True
    return region


@pytest.mark.parametrize("model", ["Q", "S", "L"])
@pytest.mark.parametrize("tau", [8 / 255, None])
@pytest.mark.parametrize(
    ("window", "side", "left"),
    [(gaussian(3, 0.8), 12, 4), (uniform(3, boundary="reflect"), 8, 2)],
    ids=["valid", "reflect"],
)
def test_optimum_is_that_of_clarabel(plain, picture, model, tau, window, side, left):
    x, g = picture(0, (1, side, side)), plain.noise((1, 1, side, side))
    region = mask(side, slice(3, 11), slice(left, side))
    ball = Ball.around(torch.from_numpy(x)[None], 0.05, tau, model, window=window)
    found = BallSolver(ball.restricted_to(region)).maximise(g, gap=1e-4, max_iterations=20_000)
    expected = plain.optimum(
        model,
        plain.rows_of(window, side, side),
        x.ravel(),
        g.numpy().ravel(),
        0.05,
        tau,
        region=region.numpy().ravel(),
    )
    assert found.stopped == [Stopped.GAP]
    assert float(found.primal) == pytest.approx(expected, rel=2e-4)
    assert float(found.primal) <= expected * (1 + CLARABEL)
    assert float(found.dual) >= expected * (1 - CLARABEL)


@pytest.mark.parametrize("model", ["Q", "S", "L"])
def test_one_pixel_moves_as_far_as_the_definition_allows(plain, picture, model):
    side, pixel, epsilon = 16, 7 * 16 + 9, 0.002
    x, g = picture(0, (1, side, side)), torch.zeros(1, 1, side, side).double()
    x[0, 7, 9] = 0.5
    g[0, 0, 7, 9], g[0, 0, 2, 2] = -0.5, 1.0
    w = plain.rows_of(BALL_WINDOW, side, side)
    mean, variance = plain.moments(w, x.ravel())
    share = w[:, pixel]

    def allowed(t):
        m, v = share * t, (share - share**2) * t**2
        c = share * t * (0.5 - mean)
        if model == "Q":
            terms = m**2 / (2 * mean**2 + C1) + v / (2 * variance + C2)
        if model == "S":
            terms = m**2 / (2 * mean**2 + 2 * mean * m + C1) + v / (2 * variance + 2 * c + C2)
        if model == "L":
            true = m**2 / (2 * mean**2 + 2 * mean * m + m**2 + C1)
            terms = np.maximum(true, v / (2 * variance + 2 * c + v + C2))
            return bool((terms <= epsilon).all())
        return bool(terms.mean() <= epsilon)

    near, far = 0.0, -0.5
    for _ in range(60):
        middle = (near + far) / 2
        near, far = (middle, far) if allowed(middle) else (near, middle)
    assert -0.5 < near < -1e-3
    ball = Ball.around(torch.from_numpy(x)[None], epsilon, None, model)
    ball = ball.restricted_to(mask(side, 7, 9))
    found = BallSolver(ball).maximise(g, gap=1e-5)
    assert float(found.primal) == pytest.approx(0.5 * -near, rel=1e-4)
    assert int((found.perturbation != 0).sum()) == 1


def test_pixels_without_a_common_window_have_a_closed_form(plain, picture):
    side, pixels = 40, ([6, 6, 30], [5, 33, 20])
    x, g = 0.25 + picture(0, (1, side, side)) / 2, plain.noise((1, 1, side, side))
    w = plain.rows_of(BALL_WINDOW, side, side)
    mean, variance = plain.moments(w, x.ravel())
    shares = w[:, np.ravel_multi_index(pixels, (side, side))]
    a, b = 1 / (2 * variance + C2), 1 / (2 * mean**2 + C1)
    diagonal = (a[:, None] * (shares - shares**2) + b[:, None] * shares**2).sum(0)
    radius, slope = 1e-6 * len(w), g.numpy()[0, 0][pixels]
    expected = np.sqrt(radius * (slope**2 / diagonal).sum())
    ball = Ball.around(torch.from_numpy(x)[None], 1e-6, None).restricted_to(mask(side, *pixels))
    found = BallSolver(ball).maximise(g, gap=1e-5)
    assert float(found.perturbation.abs().max()) < 0.25  # the box binds nowhere
    assert float(found.primal) == pytest.approx(expected, rel=2e-5)
    assert expected <= float(found.dual) * (1 + 1e-9)


@pytest.mark.parametrize("model", ["Q", "S", "L"])
def test_no_pixel_gives_nothing_and_every_pixel_the_whole_ball(plain, picture, model):
    x = torch.from_numpy(picture(0, (2, 20, 20)))[None]
    ball, g = Ball.around(x, 0.05, 8 / 255, model), plain.noise((1, 2, 20, 20))
    nothing = BallSolver(ball.restricted_to(torch.zeros(1, 20, 20).bool())).maximise(g)
    assert (float(nothing.primal), float(nothing.dual)) == (0, 0)
    assert (nothing.stopped, bool(nothing.perturbation.any())) == ([Stopped.ZERO_GRADIENT], False)
    whole = BallSolver(ball).maximise(g)
    every = BallSolver(ball.restricted_to(torch.ones(1, 20, 20).bool())).maximise(g)
    for name in ("gradient", "perturbation", "primal", "dual"):
        assert torch.equal(getattr(every, name), getattr(whole, name))


@settings(max_examples=15)
@given(
    st.integers(0, 10_000),
    st.floats(-4, -0.5).map(lambda power: 10.0**power),
    st.sampled_from([None, 8 / 255]),
    st.sampled_from([BALL_WINDOW, SSIM_WINDOW, uniform(11, 4)]),
)
def test_certificates_of_regions_are_truthful_and_nested(picture, number, epsilon, tau, window):
    rng = np.random.default_rng(number)
    x = torch.from_numpy(np.stack([picture(number + k, (2, 24, 24)) for k in range(2)]))
    g = torch.from_numpy(rng.standard_normal(x.shape))
    share = rng.choice([0.02, 0.3, 0.9])
    large = torch.from_numpy(rng.random((2, 24, 24)) < share)
    small = large & torch.from_numpy(rng.random((2, 24, 24)) < 0.5)
    whole, outer, inner = (
        Ball.around(x, epsilon, tau, window=window),
        Ball.around(x, epsilon, tau, window=window).restricted_to(large),
        Ball.around(x, epsilon, tau, window=window).restricted_to(large).restricted_to(small),
    )
    found = [BallSolver(ball).maximise(g) for ball in (inner, outer, whole)]
    for ball, certificate in zip((inner, outer, whole), found, strict=True):
        d = certificate.perturbation
        assert torch.equal(ball.inside_region(d), d)
        assert bool(ball.contains(d.double()).all())
        primal, dual, _ = bounds(ball, certificate.gradient, d, certificate.proof)
        torch.testing.assert_close(primal, certificate.primal, rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(dual, certificate.dual, rtol=1e-9, atol=1e-12)
        assert bool((certificate.primal <= certificate.dual * (1 + 1e-12)).all())
    # A larger region holds the perturbations of a smaller one.
    for less, more in ((0, 1), (1, 2)):
        assert bool((found[less].primal <= found[more].dual * (1 + 1e-9)).all())
    second = BallSolver(outer.select(torch.tensor([1]))).maximise(g[1:])
    assert float(second.primal) == pytest.approx(float(found[1].primal[1]), rel=1e-5)


def test_torch_and_relinearised_solvers_keep_to_the_region(plain, picture):
    x, g = torch.from_numpy(picture(0, (1, 24, 24)))[None], plain.noise((1, 1, 24, 24))
    region = mask(24, slice(2, 14), slice(5, 20))
    ball = Ball.around(x, 0.02, 8 / 255).restricted_to(region)
    compiled = BallSolver(ball).maximise(g, gap=1e-4)
    in_torch = maximise_in_torch(
        ball, compiled.gradient, Goal(1e-4, 2000), None, (torch.float32, torch.float64)
    )
    assert float(in_torch.primal) == pytest.approx(float(compiled.primal), rel=2e-4)
    again = RelinearisingSolver(ball).maximise(g)
    assert again.stopped == [Stopped.GAP]
    for certificate in (in_torch, again):
        assert not bool(certificate.perturbation[:, :, ~region[0]].any())


def test_a_region_of_another_shape_is_refused(picture):
    ball = Ball.around(torch.from_numpy(picture(0, (1, 12, 12)))[None], 0.01, None)
    with pytest.raises(ValueError, match=r"bool of shape \(1, 12, 12\)"):
        ball.restricted_to(torch.ones(1, 1, 12, 12, dtype=torch.bool))
