"""The dual bound against its formula with an explicit matrix, and against feasible points."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Proof, bounds, relative_gap
from ssimball.ball.feasible import make_feasible
from ssimball.ball.quadratic import inner
from ssimball.ball.solvers.ball_solver import BallSolver

NUMBERS = st.integers(0, 10_000)
EPSILONS = st.floats(-5, -0.5).map(lambda power: 10.0**power)
CAPS = st.one_of(st.none(), st.floats(1 / 255, 0.5))


def random_in_box(ball, rng):
    """Return values at the bounds of the box and between, as a float32 solver returns them."""
    share = torch.from_numpy(rng.choice([0, 1, rng.random()], ball.lower.shape))
    return (ball.lower + share * (ball.upper - ball.lower)).float()


def solved(x, seed):
    g = torch.from_numpy(np.random.default_rng(seed).standard_normal(x.shape))
    return BallSolver(Ball.around(x, 0.01, 8 / 255)).maximise(g)


@settings(max_examples=40)
@given(NUMBERS, EPSILONS, CAPS, st.floats(0, 100))
def test_bounds_are_the_formula(picture, dense_ball, number, epsilon, tau, nu):
    x = picture(number, (1, 14, 13))
    rng = np.random.default_rng(number)
    g, d = rng.normal(0, 1, x.size), rng.normal(0, 0.1, x.size)
    A, windows = dense_ball(x[0], "reflect")
    r = g - nu * A @ d
    cap = np.inf if tau is None else tau
    lower, upper = -np.minimum(x.ravel(), cap), np.minimum(1 - x.ravel(), cap)
    quadratic = nu * np.sqrt(epsilon * windows * max(d @ A @ d, 0))
    expected = quadratic + np.maximum(r * lower, r * upper).sum()

    ball = Ball.around(torch.from_numpy(x)[None], epsilon, tau)
    tg, td = (torch.from_numpy(v.reshape(1, *x.shape)) for v in (g, d))
    primal, dual, gap = bounds(ball, tg, td, Proof(torch.tensor([nu], dtype=torch.float64)))
    assert float(primal) == pytest.approx(g @ d)
    assert float(dual) == pytest.approx(expected, rel=1e-9)
    assert float(gap) == pytest.approx((expected - g @ d) / expected, rel=1e-6)


@given(NUMBERS, EPSILONS, CAPS, st.floats(0, 100))
def test_no_feasible_point_exceeds_the_bound_of_any_proof(picture, number, epsilon, tau, nu):
    x = torch.from_numpy(picture(number, (2, 14, 13)))[None]
    ball, rng = Ball.around(x, epsilon, tau), np.random.default_rng(number)
    g, other = (torch.from_numpy(rng.standard_normal(x.shape)) for _ in range(2))
    # The feasible points with large products lie in the direction of the gradient.
    for point in (ball.project_box(1e3 * g).float(), random_in_box(ball, rng)):
        feasible, _ = make_feasible(ball, point)
        for proof in (feasible, 0.1 * other):
            _, dual, _ = bounds(ball, g, proof, Proof(torch.tensor([nu]).double()))
            assert float(inner(g, feasible.double())) <= float(dual) * (1 + 1e-12)


@given(NUMBERS, EPSILONS, CAPS)
def test_make_feasible_shrinks_no_more_than_necessary(picture, number, epsilon, tau):
    x = torch.from_numpy(picture(number, (2, 14, 13)))[None]
    ball, rng = Ball.around(x, epsilon, tau), np.random.default_rng(number)
    d = random_in_box(ball, rng)
    feasible, scale = make_feasible(ball, d)
    assert feasible.dtype == torch.float32
    assert bool(ball.contains(feasible.double()))
    quadratic = float(inner(d.double(), ball.quadratic.apply(d.double())))
    needed = min(1.0, (ball.radius / max(quadratic, 1e-300)) ** 0.5)
    assert float(scale) == pytest.approx(needed, rel=1e-5)
    torch.testing.assert_close(feasible.double(), d.double() * scale, rtol=1e-6, atol=1e-44)


def test_tampering_changes_the_recomputed_bounds(picture):
    x = torch.from_numpy(picture(0, (3, 24, 24)))[None]
    certificate = solved(x, 0)
    stored = (certificate.gradient, certificate.perturbation, certificate.proof.multiplier)
    ball = Ball.around(x, 0.01, 8 / 255)
    original = torch.stack(bounds(ball, *stored[:2], Proof(stored[2])))
    found = torch.stack([certificate.primal, certificate.dual, certificate.gap])
    torch.testing.assert_close(original, found, rtol=1e-9, atol=0)
    for i in range(3):
        forged = [value.clone() for value in stored]
        forged[i].view(-1)[0] *= 1.01
        recomputed = torch.stack(bounds(ball, *forged[:2], Proof(forged[2])))
        assert not torch.equal(recomputed, original)


@pytest.mark.parametrize("damaged", range(3))
def test_nan_does_not_pass_for_a_closed_gap(picture, damaged):
    x = torch.from_numpy(picture(0, (3, 24, 24)))[None]
    certificate = solved(x, 0)
    stored = [certificate.gradient, certificate.perturbation, certificate.proof.multiplier]
    stored[damaged].view(-1)[0] = float("nan")
    _, _, gap = bounds(Ball.around(x, 0.01, 8 / 255), *stored[:2], Proof(stored[2]))
    assert not bool(gap <= 1)


@pytest.mark.parametrize(
    ("primal", "dual", "gap"), [(0.5, 1.0, 0.5), (0.0, 0.0, 0.0), (1.0, math.inf, 1.0)]
)
def test_gap_is_a_number_wherever_there_is_a_bound(primal, dual, gap):
    assert float(relative_gap(torch.tensor([primal]), torch.tensor([dual]))) == gap


def test_make_feasible_refuses_what_is_not_finite_and_ends(picture):
    x = torch.from_numpy(picture(0, (1, 14, 13)))[None]
    with pytest.raises(ValueError, match="not finite"):
        make_feasible(Ball.around(x, 0.01, None), torch.full_like(x, math.nan))


def test_scaled_up_perturbation_is_no_longer_feasible(picture):
    x = torch.from_numpy(picture(0, (3, 24, 24)))[None]
    certificate = solved(x, 1)
    ball = Ball.around(x, 0.01, 8 / 255)
    assert bool(ball.contains(certificate.perturbation.double()))
    assert not bool(ball.contains(1.001 * certificate.perturbation.double(), tolerance=1e-5))
