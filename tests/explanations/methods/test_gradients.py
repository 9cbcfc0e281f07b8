"""Saliency by the gradient for pixels."""

import numpy as np
import pytest
import torch

from ssimball.config.explanation import GradientConfig, SmoothGradConfig


@pytest.fixture
def weight():
    return torch.from_numpy(np.random.default_rng(5).normal(size=(3, 16, 16)))


@pytest.mark.parametrize("settings", [GradientConfig(), SmoothGradConfig(samples=13)])
def test_of_a_linear_model_it_is_the_largest_weight(settings, weight, linear, explain):
    images = torch.rand(2, 3, 16, 16, dtype=torch.float64)
    found = explain(settings, linear(weight), images, torch.tensor([0, 1]))
    # The logit of class 1 is constant.
    expected = torch.stack([weight.abs().amax(0), torch.zeros(16, 16)])
    torch.testing.assert_close(found.maps.double(), expected, rtol=1e-6, atol=1e-12)
    own = ((images[0] - 0.5) * weight).sum() + 1
    torch.testing.assert_close(found.logits, torch.stack([own, torch.zeros_like(own)]))


def test_gradient_is_the_slope_of_the_logit(exact_classifier, images, explain):
    image, step = images[:1], 1e-5
    found = explain(GradientConfig(), exact_classifier, image, torch.tensor([3])).maps[0]
    assert found.shape == (96, 64)
    rng = np.random.default_rng(0)
    for row, column in zip(rng.integers(0, 96, 8), rng.integers(0, 64, 8), strict=True):
        slopes = []
        for channel in range(3):
            moved = torch.zeros_like(image)
            moved[0, channel, row, column] = step
            with torch.no_grad():
                up, down = (exact_classifier(image + s * moved)[0, 3] for s in (1, -1))
            slopes.append(abs(float(up - down)) / (2 * step))
        assert float(found[row, column]) == pytest.approx(max(slopes), rel=1e-3, abs=1e-6)


def test_smoothgrad_depends_on_its_generator_alone(demo_classifier, images, explain):
    settings, classes = SmoothGradConfig(samples=12), torch.tensor([3, 7])
    together = explain(settings, demo_classifier, images, classes, seeds=[8, 9])
    alone = explain(settings, demo_classifier, images[1:], classes[1:], seeds=[9])
    torch.testing.assert_close(alone.maps[0], together.maps[1], rtol=0, atol=0)
    other = explain(settings, demo_classifier, images[1:], classes[1:], seeds=[10])
    assert float((other.maps - alone.maps).abs().max()) > 0


def test_smoothgrad_averages_signed_gradients_of_copies_with_that_noise(
    exact_classifier, images, explain
):
    image, settings = images[:1], SmoothGradConfig(samples=15, noise_level=0.1)
    found = explain(settings, exact_classifier, image, torch.tensor([3]), seeds=[4])
    noise = np.random.default_rng(4).standard_normal((15, 3, 96, 64))
    x = image + 0.1 * float(image.max() - image.min()) * torch.from_numpy(noise)
    x.requires_grad_(True)
    (gradients,) = torch.autograd.grad(exact_classifier(x)[:, 3].sum(), x)
    torch.testing.assert_close(
        found.maps[0].double(), gradients.mean(0).abs().amax(0), rtol=1e-5, atol=1e-7
    )


def test_without_noise_smoothgrad_is_the_gradient(exact_classifier, images, explain):
    settings, classes = SmoothGradConfig(samples=2, noise_level=0.0), torch.tensor([3, 7])
    found = explain(settings, exact_classifier, images, classes)
    plain = explain(GradientConfig(), exact_classifier, images, classes)
    torch.testing.assert_close(found.maps, plain.maps)
