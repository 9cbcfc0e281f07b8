"""Solvers of S, L, combined balls and relinearised Q against conic optima and their proofs."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import bounds, join
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ball.solvers.conic.solve import maximise_conic
from ssimball.ball.solvers.relinearise import EQUALITY, RelinearisingSolver
from ssimball.ball.stopping import Stopped
from ssimball.ssim.windows import BALL_WINDOW, SSIM_WINDOW, gaussian, uniform

#: Relative accuracy of Clarabel's optimum.
CLARABEL = 1e-6
NUMBERS = st.integers(0, 10_000)
# The tests of solvers use windows of 3 and 11 pixels: each size is compiled for itself, which takes
# longer than the tests.
WINDOWS = [
    SSIM_WINDOW,
    BALL_WINDOW,
    uniform(11, 4),
    uniform(3, 3),
    gaussian(11, 1.5, 3),
    gaussian(3, 0.8, 2),
]
EPSILONS = st.floats(-4, -0.3).map(lambda power: 10.0**power)
CAPS = st.one_of(st.none(), st.floats(1 / 255, 0.5))


def solve(x, g, model, epsilon, tau, local=None, window=BALL_WINDOW, **options):
    ball = Ball.around(torch.from_numpy(x)[None], epsilon, tau, model, local, window)
    return BallSolver(ball).maximise(torch.as_tensor(g)[None], **options), ball


def assert_optimal(certificate, optimum, gap=1e-4):
    primal, dual = float(certificate.primal), float(certificate.dual)
    assert certificate.stopped == [Stopped.GAP]
    assert primal == pytest.approx(optimum, rel=gap)
    assert primal <= optimum * (1 + CLARABEL)
    assert dual >= optimum * (1 - CLARABEL)


@pytest.mark.parametrize("model", ["S", "L"])
@pytest.mark.parametrize("tau", [8 / 255, None])
@pytest.mark.parametrize(
    ("window", "side"),
    [(uniform(11, 4), 27), (gaussian(11, 2.0, 5), 26), (uniform(3, boundary="reflect"), 14)],
    ids=["uniform", "gaussian", "reflecting"],
)
@pytest.mark.parametrize("number", [0, 1])
def test_optimum_is_that_of_the_conic_solver(plain, picture, model, tau, window, side, number):
    x, g = picture(number, (1, side, side)), plain.noise((1, side, side))
    conic = maximise_conic(
        torch.from_numpy(x), g, model=model, epsilon=0.02, tau=tau, window=window, solver="clarabel"
    )
    certificate, _ = solve(x, g, model, 0.02, tau, window=window, gap=1e-4, max_iterations=20_000)
    assert_optimal(certificate, conic.objective)


@pytest.mark.parametrize(("model", "local"), [("Q", 0.03), ("S", 0.03), ("S", None), ("L", None)])
@pytest.mark.parametrize("tau", [0.05, None])
@pytest.mark.parametrize("number", [0, 4])
def test_optimum_is_that_of_the_definitions(plain, picture, model, local, tau, number):
    window, shape = uniform(3, 2), (1, 9, 13)
    x, g = picture(number, shape), plain.noise(shape)
    expected = plain.optimum(
        model, plain.rows_of(window, *shape[1:]), x.ravel(), g.numpy().ravel(), 0.02, tau, local
    )
    certificate, _ = solve(x, g, model, 0.02, tau, local, window, gap=1e-4, max_iterations=20_000)
    assert_optimal(certificate, expected)


def test_local_ball_of_disjoint_windows_has_a_closed_form(plain):
    """Each window has a Euclidean ball around k (x - mu), k = e / (1 - e), and a mean interval."""
    e, n, shape = 0.02, 11, (2, 33, 22)
    x = np.random.default_rng(1).uniform(0.4, 0.6, shape)
    g = plain.noise(shape)
    expected, k = np.zeros(shape), e / (1 - e)
    for c, i, j in np.ndindex(2, 3, 2):
        at = np.s_[c, n * i : n * (i + 1), n * j : n * (j + 1)]
        mu, s2, pull = x[at].mean(), x[at].var(), g.numpy()[at]
        ball = np.sqrt(k * (2 * s2 + 9e-4) + k**2 * s2) * n
        interval = np.sqrt(k**2 * mu**2 + k * (2 * mu**2 + 1e-4))
        tilt = pull - pull.mean()
        expected[at] = k * (x[at] - mu) + ball * tilt / np.linalg.norm(tilt)
        expected[at] += k * mu + np.sign(pull.mean()) * interval
    assert (x + expected).min() > 0  # the box binds nowhere
    assert (x + expected).max() < 1
    certificate, _ = solve(x, g, "L", e, None, window=uniform(n, n), gap=1e-5)
    assert certificate.stopped == [Stopped.GAP]
    assert float(certificate.primal) == pytest.approx((g.numpy() * expected).sum(), rel=1e-5)
    np.testing.assert_allclose(certificate.perturbation[0].numpy(), expected, atol=1e-3)


def assert_certified(certificate, ball):
    assert bool(ball.contains(certificate.perturbation))
    found = bounds(ball, certificate.gradient, certificate.perturbation, certificate.proof)
    assert found == (certificate.primal, certificate.dual, certificate.gap)
    assert 0 <= float(certificate.primal) <= float(certificate.dual) * (1 + 1e-12)
    if not bool(certificate.gradient.any()):
        assert certificate.stopped == [Stopped.ZERO_GRADIENT]
    else:
        assert (certificate.stopped == [Stopped.GAP]) == (float(certificate.gap) <= 1e-3)


@settings(max_examples=30)
@given(
    NUMBERS,
    NUMBERS,
    EPSILONS,
    CAPS,
    st.sampled_from(["S", "L"]),
    st.one_of(st.none(), EPSILONS),
    st.sampled_from(WINDOWS),
)
def test_certificate_is_feasible_and_truthful(
    picture, hard_gradient, keeps_ssim, number, seed, epsilon, tau, model, local, window
):
    x = picture(number, (2, 19, 22))
    local = None if model == "L" else local
    g = hard_gradient(seed, x.shape)
    certificate, ball = solve(x, g, model, epsilon, tau, local, window, max_iterations=300)
    assert_certified(certificate, ball)
    # S and L guarantee SSIM itself.
    assert bool(keeps_ssim(ball, certificate.perturbation, tolerance=1e-9))
    if certificate.stopped != [Stopped.GAP]:
        expected = Stopped.ITERATIONS if g.any() else Stopped.ZERO_GRADIENT
        assert certificate.stopped == [expected]


@pytest.mark.parametrize("model", ["S", "L"])
@pytest.mark.parametrize("number", [0, 1, 3, 6])
def test_gap_is_reached_at_the_default_settings(picture, hard_gradient, model, number):
    x = picture(number, (3, 48, 48))
    certificate, _ = solve(x, hard_gradient(0, x.shape), model, 0.01, 8 / 255)
    assert certificate.stopped == [Stopped.GAP]


def test_every_stored_part_of_the_proof_matters(picture, hard_gradient):
    x = picture(0, (3, 24, 24))
    certificate, ball = solve(x, hard_gradient(0, x.shape), "S", 0.01, 8 / 255, 0.05)
    for name in ("multiplier", "windows", "tangent"):
        forged = replace(certificate.proof, **{name: getattr(certificate.proof, name) * 1.01})
        _, dual, _ = bounds(ball, certificate.gradient, certificate.perturbation, forged)
        # Every multiplier gives a bound, but a different one.
        assert float(dual) > float(certificate.primal)
        assert float(dual) != float(certificate.dual)


@pytest.mark.parametrize("model", ["Q", "S", "L"])
def test_start_from_a_similar_problem_leads_to_the_same_optimum(picture, hard_gradient, model):
    x = picture(0, (3, 48, 48))
    g = hard_gradient(0, x.shape)
    near, _ = solve(x, g, model, 0.0102, 8 / 255)
    cold, ball = solve(x, g, model, 0.01, 8 / 255)
    warm = BallSolver(ball).maximise(g[None], start=near)
    assert warm.stopped == cold.stopped == [Stopped.GAP]
    # For Q the default start is as good.
    assert model == "Q" or int(warm.iterations) < int(cold.iterations)
    assert float(warm.primal) == pytest.approx(float(cold.primal), rel=2e-3)


@pytest.mark.parametrize("model", ["S", "L"])
def test_start_from_a_solution_at_the_box_alone_reaches_the_gap(picture, hard_gradient, model):
    x = picture(0, (1, 32, 32))
    g = hard_gradient(0, x.shape)
    wide, _ = solve(x, g, model, 0.9, 1 / 255)
    assert float(wide.gap) < 1e-6
    assert not bool(wide.proof.multiplier.any())
    _, ball = solve(x, g, model, 0.005, 8 / 255, max_iterations=1)
    assert BallSolver(ball).maximise(g[None], start=wide).stopped == [Stopped.GAP]


def test_result_of_an_image_does_not_depend_on_its_batch(picture, hard_gradient):
    x = torch.from_numpy(np.stack([picture(n, (2, 20, 20)) for n in range(4)]))
    g = torch.stack([hard_gradient(n, x.shape[1:]) for n in range(4)])
    g[3] = 0
    together = BallSolver(Ball.around(x, 0.01, 8 / 255, "S", 0.05)).maximise(g)
    for i in range(4):
        ball = Ball.around(x[i : i + 1], 0.01, 8 / 255, "S", 0.05)
        alone = BallSolver(ball).maximise(g[i : i + 1])
        assert together.stopped[i] == alone.stopped[0]
        assert together.iterations[i] == alone.iterations[0]
        torch.testing.assert_close(together.perturbation[i], alone.perturbation[0])


def test_joined_certificates_keep_their_proofs(picture, hard_gradient):
    """The box alone solves one of the two, without an iteration."""
    x = torch.from_numpy(np.stack([picture(0, (2, 20, 20))] * 2))
    g = torch.stack([torch.zeros(2, 20, 20, dtype=torch.float64), hard_gradient(0, (2, 20, 20))])
    ball = Ball.around(x, 0.01, 8 / 255, "S", 0.05)
    joined = join(
        [BallSolver(ball.select(torch.tensor([i]))).maximise(g[i : i + 1]) for i in range(2)]
    )
    assert joined.stopped == [Stopped.ZERO_GRADIENT, Stopped.GAP]
    found = bounds(ball, joined.gradient, joined.perturbation, joined.proof)
    for recomputed, stored in zip(found, (joined.primal, joined.dual, joined.gap), strict=True):
        torch.testing.assert_close(recomputed, stored, rtol=1e-12, atol=0)


@pytest.mark.parametrize("number", [0, 1, 4])
@pytest.mark.parametrize(("tau", "local"), [(8 / 255, None), (None, None), (8 / 255, 0.05)])
def test_relinearised_optimum_meets_the_true_distance(plain, picture, number, tau, local):
    window, shape, epsilon = uniform(3, 2), (1, 11, 15), 0.01
    x, g = picture(number, shape), plain.noise(shape)
    ball = Ball.around(torch.from_numpy(x)[None], epsilon, tau, "Q", local, window)
    certificate = RelinearisingSolver(ball).maximise(g[None])
    w, d = plain.rows_of(window, *shape[1:]), certificate.perturbation[0].double().numpy().ravel()
    used = sum(plain.true_distance(w, x.ravel(), d)).mean()
    assert certificate.stopped == [Stopped.GAP]
    assert used <= epsilon * (1 + 1e-9)
    if float(certificate.proof.multiplier) == 0:
        # The whole box lies inside, so its best corner is the solution.
        corner = torch.where(g > 0, ball.upper[0], ball.lower[0])
        torch.testing.assert_close(certificate.perturbation[0].double(), corner, rtol=1e-6, atol=0)
    elif local is None:
        assert used >= epsilon * (1 - EQUALITY)
    optimum = plain.optimum(
        "Q", w, x.ravel(), g.numpy().ravel(), epsilon, tau, local, expansion_point=d
    )
    assert float(certificate.primal) == pytest.approx(optimum, rel=1.1e-3)
    assert float(certificate.dual) >= optimum * (1 - CLARABEL)


@settings(max_examples=20)
@given(NUMBERS, NUMBERS, EPSILONS, CAPS, st.sampled_from(WINDOWS))
def test_relinearised_is_inside_the_true_ball_and_truthful(
    picture, hard_gradient, keeps_ssim, number, seed, epsilon, tau, window
):
    x = torch.from_numpy(picture(number, (2, 19, 22)))[None]
    ball = Ball.around(x, epsilon, tau, "Q", None, window)
    g = hard_gradient(seed, x.shape[1:])[None]
    certificate = RelinearisingSolver(ball).maximise(g, max_iterations=500)
    model = ball.linearised_at(certificate.perturbation)
    assert bool(model.contains(certificate.perturbation))
    assert bool(keeps_ssim(ball, certificate.perturbation, tolerance=1e-9))
    found = bounds(model, certificate.gradient, certificate.perturbation, certificate.proof)
    assert found == (certificate.primal, certificate.dual, certificate.gap)
    assert certificate.stopped[0] in (Stopped.GAP, Stopped.ROUNDS, Stopped.ZERO_GRADIENT)
    if certificate.stopped == [Stopped.GAP]:
        assert float(certificate.gap) <= 1e-3
