"""Ascent under a bound on SSIM: the bound by scikit-image, and the optimum of a linear model."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ssimball.attacks.interface import Batch
from ssimball.attacks.methods.ssim_pgd import SsimBound, attack
from ssimball.ball.ball import Ball
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.config.attacks.perceptual import SsimPgdConfig
from ssimball.ssim.windows import SSIM_WINDOW

EPSILON = 0.01


def ascend(model, images, **settings):
    labels = torch.zeros(len(images), dtype=torch.int64)
    rng = [np.random.default_rng(0) for _ in images]
    return attack(model, Batch(images, labels, rng), SsimPgdConfig(**settings)).adversarial


@given(st.integers(0, 10_000), st.floats(1e-5, 0.3), st.floats(1e-3, 2))
def test_projection_ends_at_the_bound_of_scikit_images_ssim(
    picture, reference_ssim, number, epsilon, size
):
    x = torch.from_numpy(picture(number, (1, 16, 14)))[None]
    d = size * torch.from_numpy(np.random.default_rng(number).standard_normal(x.shape))
    bound = SsimBound.around(x, epsilon)
    near = bound.project(d)
    y = x + near
    assert 0 <= float(y.min()) <= float(y.max()) <= 1
    deficit = 1 - reference_ssim(x[0].numpy(), y[0].numpy()).mean()
    assert deficit <= epsilon + 1e-10
    if not torch.equal(near, bound.ball.project_box(d)):
        assert deficit >= epsilon * (1 - 1e-3) - 1e-10


def test_direction_increases_the_loss_along_the_bound(picture):
    """To first order the SSIM deficit does not change, by finite differences."""
    x = torch.from_numpy(0.2 + 0.6 * picture(0, (1, 24, 24)))[None]
    rng = np.random.default_rng(0)
    gradient, start = (torch.from_numpy(rng.standard_normal(x.shape)) for _ in range(2))
    bound = SsimBound.around(x, EPSILON)
    d = bound.project(0.05 * (start + gradient))
    step = 1e-6 * bound.direction(d, gradient)
    assert float((gradient * step).sum()) > 0
    change = float(bound.deficit(d + step) - bound.deficit(d - step))
    free = float(bound.deficit(d + 1e-6 * gradient) - bound.deficit(d - 1e-6 * gradient))
    assert free > 0
    # Change of the SSIM deficit per unit of loss, compared with the plain gradient.
    ratio = change / float((gradient * step).sum()) * 1e-6 * float((gradient**2).sum()) / free
    assert abs(ratio) < 1e-6
    # Inside the ball, the step is the gradient in the metric.
    inside = bound.direction(0.5 * d, gradient)
    cosine = torch.nn.functional.cosine_similarity
    plain = (gradient / bound.metric).flatten()
    assert float(cosine(inside.flatten(), plain, dim=0)) == pytest.approx(1, abs=1e-12)
    length = float((inside**2 * bound.metric).sum())
    assert length == pytest.approx(EPSILON * 14 * 14, rel=1e-9)


@pytest.mark.parametrize("kind", range(6))
def test_linear_model_compared_with_the_certified_optimum_of_the_safe_ball(picture, linear, kind):
    """S lies inside the true ball, so its optimum can be reached and even exceeded."""
    shape = (1, 24, 24)
    x = torch.from_numpy(0.2 + 0.6 * picture(kind, shape))[None]
    weight = torch.from_numpy(np.random.default_rng(5).standard_normal(shape))
    d = ascend(linear(weight), x, epsilon=EPSILON) - x
    ball = Ball.around(x, EPSILON, None, model="S", window=SSIM_WINDOW)
    safe = BallSolver(ball).maximise(-weight[None])
    reached, optimum = (-float((weight * each).sum()) for each in (d, safe.perturbation))
    assert reached >= 0.97 * optimum


@pytest.mark.parametrize("mean", [0.0, 0.5, -2.0])
def test_linear_model_compared_with_the_exact_optimum_of_one_window(
    picture, linear, windows_of, mean
):
    """For an image of one window, the optimal perturbation in the true ball is known."""
    x = torch.from_numpy(0.4 + 0.2 * picture(0, (1, 11, 11)))[None]
    window = torch.from_numpy(windows_of(11, 11)).reshape(1, 11, 11)
    # Proportional to the window, so that no pixel reaches the box.
    rates = mean + torch.from_numpy(np.random.default_rng(5).standard_normal(window.shape))
    d = ascend(linear(-window * rates), x, epsilon=EPSILON, steps=60) - x
    assert float(d.abs().max()) < 0.4
    reached = float((window * rates * d).sum())
    optimum = best_of_one_window(*(t.numpy().ravel() for t in (x, window, rates)))
    assert 0.99 * optimum <= reached <= optimum * (1 + 1e-6)


def best_of_one_window(x, window, rates):
    """Return the maximum of sum(window rates d) subject to 1 - SSIM = l + s - l s <= EPSILON.

    The term l bounds d's mean m, and the term s the remainder u = d - m. With k = l / (1 - l),
    l(m) <= l means (m - k mu)² <= k (2 mu² + C1) + k² mu², and so for u, with the variance of x.
    """
    mu, total = window @ x, window @ rates
    variance = window @ (x - mu) ** 2
    remainder = rates - total
    along, length = window @ (remainder * (x - mu)), np.sqrt(window @ remainder**2)
    luminance = np.linspace(0, EPSILON, 20_001)
    structure = (EPSILON - luminance) / (1 - luminance)
    k, j = luminance / (1 - luminance), structure / (1 - structure)
    by_mean = total * k * mu + abs(total) * np.sqrt(k * (2 * mu**2 + 1e-4) + (k * mu) ** 2)
    by_rest = j * along + length * np.sqrt(j * (2 * variance + 9e-4) + j**2 * variance)
    return (by_mean + by_rest).max()


def test_zero_gradient_gives_no_step_and_images_are_independent(picture, linear):
    images = torch.from_numpy(np.stack([picture(n, (1, 20, 20)) for n in (0, 2, 3)]))
    still = linear(torch.zeros(1, 20, 20, dtype=torch.float64))
    assert torch.equal(ascend(still, images), images)
    weight = torch.from_numpy(np.random.default_rng(1).standard_normal((1, 20, 20)))
    together = ascend(linear(weight), images, steps=5)
    for i in range(3):
        alone = ascend(linear(weight), images[i : i + 1], steps=5)
        torch.testing.assert_close(alone[0], together[i], rtol=0, atol=1e-9)
