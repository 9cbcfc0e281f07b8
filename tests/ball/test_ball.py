"""The models of the ball against their definitions, window by window."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ssimball.ball.ball import Ball
from ssimball.ball.quadratic import inner
from ssimball.ssim.index import deficit_terms
from ssimball.ssim.windows import SSIM_WINDOW, gaussian

NUMBERS = st.integers(0, 10_000)
BOUNDARIES = st.sampled_from(["valid", "reflect"])


def matrix_of(ball):
    """Return the ball's A, column by column, for one image of one channel."""
    shape = ball.images.shape
    basis = torch.eye(shape.numel(), dtype=torch.float64).reshape(-1, *shape)
    return torch.stack([ball.quadratic.apply(e).flatten() for e in basis]).numpy()


@settings(max_examples=25)
@given(NUMBERS, BOUNDARIES)
def test_matrix_is_its_definition(picture, dense_ball, number, boundary):
    x = picture(number, (1, 14, 13))
    window = gaussian(boundary=boundary)
    ball = Ball.around(torch.from_numpy(x)[None], 0.02, None, window=window)
    expected, windows = dense_ball(x[0], boundary)
    np.testing.assert_allclose(matrix_of(ball), expected, rtol=1e-9, atol=1e-9)
    assert ball.radius == pytest.approx(0.02 * windows)


@settings(max_examples=25)
@given(NUMBERS, BOUNDARIES)
def test_matrix_is_symmetric_positive_semidefinite_and_below_its_majorant(
    picture, number, boundary
):
    x = torch.from_numpy(picture(number, (1, 13, 14)))[None]
    ball = Ball.around(x, 0.02, None, window=gaussian(boundary=boundary))
    A, M = matrix_of(ball), np.diag(ball.quadratic.majorant().flatten().numpy())
    np.testing.assert_allclose(A, A.T, atol=1e-10)
    assert np.linalg.eigvalsh(A).min() >= -1e-9 * np.trace(A)
    assert np.linalg.eigvalsh(M - A).min() >= -1e-9 * np.trace(M)


@given(NUMBERS, st.integers(0, 1000))
def test_quadratic_is_the_sum_of_brunets_terms_with_fixed_denominators(
    picture, windows_of, number, seed
):
    x = picture(number, (3, 15, 12))
    d = np.random.default_rng(seed).normal(0, 0.1, x.shape)
    expected = 0.0
    for w in windows_of(15, 12, "reflect"):
        for xc, dc in zip(x.reshape(3, -1), d.reshape(3, -1), strict=True):
            mu, m = w @ xc, w @ dc
            expected += m**2 / (2 * mu**2 + 1e-4)
            expected += (w @ (dc - m) ** 2) / (2 * (w @ (xc - mu) ** 2) + 9e-4)
    ball = Ball.around(torch.from_numpy(x)[None], 0.02, None)
    td = torch.from_numpy(d)[None]
    assert float(inner(td, ball.quadratic.apply(td))) == pytest.approx(expected, rel=1e-9)


def test_quadratic_is_brunets_distance_to_second_order(scene):
    x = torch.from_numpy(scene[:40, :40].transpose(2, 0, 1) / 255.0)[None]
    d = torch.from_numpy(np.random.default_rng(0).normal(0, 1e-6, x.shape))
    ball = Ball.around(x, 0.02, None)
    luminance, structure = deficit_terms(x, d, ball.window)
    torch.testing.assert_close(
        inner(d, ball.quadratic.apply(d)), (luminance + structure).sum()[None], rtol=1e-3, atol=0
    )


@given(NUMBERS, st.one_of(st.none(), st.floats(1 / 255, 1)))
def test_box_is_the_valid_range_and_the_cap(picture, number, tau):
    x = picture(number, (3, 12, 12))
    ball = Ball.around(torch.from_numpy(x)[None], 0.02, tau)
    far = np.random.default_rng(number).normal(0, 2, x.shape)
    cap = np.inf if tau is None else tau
    expected = np.clip(far, -np.minimum(x, cap), np.minimum(1 - x, cap))
    np.testing.assert_array_equal(ball.project_box(torch.from_numpy(far)[None])[0], expected)


def test_contains_separates_inside_from_outside():
    x = torch.full((3, 1, 12, 12), 0.5, dtype=torch.float64)
    ball = Ball.around(x, 0.01, 0.1, window=SSIM_WINDOW)
    d = torch.full((3, 1, 12, 12), 0.0, dtype=torch.float64)
    edge = (0.01 * (2 * 0.25 + 1e-4)) ** 0.5  # a constant change has only the luminance term
    d[0], d[1] = edge * (1 - 1e-9), edge * (1 + 1e-6)
    d[2, 0, 0, 0] = 0.1000001  # a corner pixel hardly changes any window, but leaves the box
    assert ball.contains(d).tolist() == [True, False, False]
    assert ball.contains(d, tolerance=1e-5).tolist() == [True, True, True]


def statistics_of(rows, x, d):
    """Return mu, s2, m, V and c of each window by their definitions."""
    mu, m = rows @ x, rows @ d
    s2 = (rows * (x - mu[:, None]) ** 2).sum(1)
    V = (rows * (d - m[:, None]) ** 2).sum(1)
    c = (rows * (x - mu[:, None]) * (d - m[:, None])).sum(1)
    return mu, s2, m, V, c


@given(NUMBERS, st.integers(0, 1000), st.floats(0.001, 0.3), st.floats(0.01, 0.9), BOUNDARIES)
def test_models_are_their_definitions(picture, windows_of, number, seed, size, e, boundary):
    x, window = picture(number, (1, 15, 12)), gaussian(boundary=boundary)
    d = np.random.default_rng(seed).normal(0, size, x.shape)
    mu, s2, m, V, c = statistics_of(windows_of(15, 12, boundary), x.ravel(), d.ravel())
    td, tx = torch.from_numpy(d)[None], torch.from_numpy(x)[None]

    structure, luminance = 2 * s2 + 2 * c + 9e-4, 2 * mu**2 + 2 * mu * m + 1e-4
    safe = Ball.around(tx, 0.01, None, "S", window=window)
    distance = float(safe.distance(safe.change(td)))
    if structure.min() > 1e-12 and luminance.min() > 1e-12:
        expected = (V / structure + m**2 / luminance).sum()
        assert distance == pytest.approx(expected, rel=1e-6)
    elif min(structure.min(), luminance.min()) < -1e-12:
        assert distance == np.inf

    terms = np.array([V / (structure + V), m**2 / (luminance + m**2)])
    expanded = Ball.around(tx, 0.01, None, window=window).linearised_at(td)
    assert float(expanded.distance(expanded.change(td))) == pytest.approx(terms.sum(), rel=1e-6)

    local = Ball.around(tx, e, None, "L", window=window)
    usage = [part.flatten().numpy() for part in local.usage(local.change(td))]
    for used, term in zip(usage, terms, strict=True):
        clear = abs(term - e) > 1e-9
        np.testing.assert_array_equal(used[clear] <= 1, term[clear] <= e)


def test_promise_of_the_models_is_about_ssim_itself(scene, reference_ssim, keeps_ssim):
    x = scene[:40, :40].transpose(2, 0, 1) / 255
    d = np.random.default_rng(0).normal(0, 0.01, x.shape)
    similarity = reference_ssim(x, np.clip(x + d, 0, 1))
    tx, td = torch.from_numpy(x)[None], torch.from_numpy(np.clip(x + d, 0, 1) - x)[None]
    lost, least = 1 - similarity.mean(), similarity.min()
    local = 1 - least**0.5
    for factor, inside in ((1 + 1e-6, True), (1 - 1e-6, False)):
        for epsilon, *model in (
            (factor * lost,),
            (factor * local, "L"),
            (0.9, "S", factor * local),
        ):
            ball = Ball.around(tx, epsilon, None, *model, window=SSIM_WINDOW)
            assert bool(keeps_ssim(ball, td)) == inside


@pytest.mark.parametrize(("model", "local"), [("L", 0.1), ("L", None), ("S", 1.0)])
def test_local_radii_that_make_no_ball_are_refused(model, local):
    epsilon = 1.0 if local is None else 0.1
    with pytest.raises(ValueError, match="local"):
        Ball.around(torch.full((1, 1, 12, 12), 0.5), epsilon, None, model, local)


@pytest.mark.parametrize(
    ("values", "shape", "sentence"),
    [
        (float("nan"), (1, 1, 12, 12), r"these hold NaN \(144 of 144 .* part of the model"),
        (float("inf"), (1, 1, 12, 12), "these hold infinite values"),
        (-2.5, (1, 1, 12, 12), "values from -2.5 to -2.5; if they are normalised"),
        (1.0001, (1, 3, 12, 12), "values from 1.0001"),
        (0.5, (1, 1, 20, 8), r"20 x 8 pixels .* window of 11 x 11 needs; .* at most 7"),
        (0.5, (3, 20, 20), r"shape \(3, 20, 20\)"),
    ],
)
def test_what_is_no_image_is_refused_with_what_was_found(values, shape, sentence):
    with pytest.raises(ValueError, match=sentence):
        Ball.around(torch.full(shape, values), 0.01, None)


def test_the_window_that_would_fit_is_odd_where_windows_reflect():
    with pytest.raises(ValueError, match="window of at most 7"):
        Ball.around(torch.full((1, 1, 20, 8), 0.5), 0.01, None)


def test_windows_of_a_ball_reflect_unless_others_are_given():
    x = torch.full((1, 1, 20, 20), 0.5, dtype=torch.float64)
    fields = {"cap": 1.0, "mean": "Q", "epsilon": 0.01, "epsilon_local": None}
    for ball in (Ball.around(x, 0.01, None), Ball(x, **fields)):
        assert ball.statistics.mean.shape == x.shape
    assert SSIM_WINDOW.mean(x).shape == (1, 1, 10, 10)
