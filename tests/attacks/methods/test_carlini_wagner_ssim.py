"""Carlini-Wagner with SSIM: distance to the smallest SSIM deficit of a linear model, failures."""

import numpy as np
import pytest
import torch

from ssimball.attacks.interface import Batch
from ssimball.attacks.methods.carlini_wagner_ssim import NOT_FOUND, attack
from ssimball.ball.ball import Ball
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.config.attacks.perceptual import CarliniWagnerSsimConfig
from ssimball.errors import AttackError
from ssimball.models.logits import margin
from ssimball.ssim.index import mean_ssim
from ssimball.ssim.windows import SSIM_WINDOW

SHAPE = (1, 20, 20)


def search(model, images, labels, targets=None, **settings):
    rng = [np.random.default_rng(0) for _ in images]
    batch = Batch(images, labels, rng, targets)
    return attack(model, batch, CarliniWagnerSsimConfig(**settings))


def model_and_images(picture, linear):
    weight = torch.from_numpy(np.random.default_rng(5).standard_normal(SHAPE)) / 16
    images = torch.from_numpy(np.stack([0.1 + 0.8 * picture(n, SHAPE) for n in (0, 1, 2)]))
    return linear(weight), weight, images


def smallest_safe_radius(x, weight, needed):
    """Bisect for the smallest epsilon of ball S in which <weight, d> reaches ``needed``."""
    low, high = 1e-5, 0.1
    for _ in range(10):
        middle = (low * high) ** 0.5
        ball = Ball.around(x, middle, None, model="S", window=SSIM_WINDOW)
        found = BallSolver(ball).maximise(weight[None], gap=5e-3)
        enough = float((weight * found.perturbation).sum()) >= needed
        low, high = (low, middle) if enough else (middle, high)
    return high


def test_ssim_deficit_on_a_linear_model_is_near_the_smallest_of_the_safe_ball(picture, linear):
    model, weight, images = model_and_images(picture, linear)
    labels = model(images).argmax(1)
    found = search(model, images, labels, steps=200, search_steps=8)
    assert found.failures == [None] * 3
    assert bool((margin(model(found.adversarial), labels) < 0).all())
    signs = torch.where(labels == 0, -1.0, 1.0)
    for x, y, sign, needed in zip(
        images, found.adversarial, signs, margin(model(images), labels), strict=True
    ):
        deficit = 1 - float(mean_ssim(x[None], y[None]))
        least = smallest_safe_radius(x[None], sign * weight, float(needed))
        assert deficit <= 1.3 * least, (deficit, least)


def test_misclassified_images_stay_and_constant_networks_fail(picture, linear):
    model, _, images = model_and_images(picture, linear)
    labels = model(images).argmax(1)
    wrong = search(model, images, 1 - labels, steps=3, search_steps=2)
    torch.testing.assert_close(wrong.adversarial, images, rtol=0, atol=1e-6)
    assert wrong.failures == [None] * 3
    still = linear(torch.zeros(SHAPE, dtype=torch.float64))
    stuck = search(still, images, torch.zeros_like(labels), steps=3, search_steps=2)
    assert torch.equal(stuck.adversarial, images)
    assert stuck.failures == [NOT_FOUND] * 3


def test_margin_asked_for_is_reached(picture, linear):
    model, _, images = model_and_images(picture, linear)
    labels = model(images).argmax(1)
    found = search(model, images, labels, targets=1 - labels, confidence=0.5)
    assert bool((margin(model(found.adversarial), 1 - labels) > 0.5).all())


def test_the_constant_is_searched_for_each_image(picture, linear):
    """An image has the same result alone and in a batch with images of other constants."""
    model, _, images = model_and_images(picture, linear)
    labels = model(images).argmax(1)
    settings = {"steps": 30, "search_steps": 4, "learning_rate": 0.1}
    together = search(model, images, labels, **settings)
    for i in range(3):
        alone = search(model, images[i : i + 1], labels[i : i + 1], **settings)
        assert alone.failures[0] == together.failures[i]
        torch.testing.assert_close(alone.adversarial[0], together.adversarial[i], atol=1e-9, rtol=0)


def test_gradient_that_is_not_finite_is_an_attack_error(picture, linear):
    _, _, images = model_and_images(picture, linear)
    model = linear(torch.full(SHAPE, float("nan")))
    with pytest.raises(AttackError, match="not finite"):
        search(model, images, torch.zeros(3, dtype=torch.int64))
