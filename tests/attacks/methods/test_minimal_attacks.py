"""Attacks that search a smallest perturbation: how near they get, and what they say if they fail.

On the linear model with margin <weight, x - 0.5> + 1, a grey image, where [0, 1] binds nowhere, has
a known smallest perturbation, of l2 norm 1 / ||weight||_2.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import nn

from ssimball.attacks.foolbox_adapter import run_minimal
from ssimball.attacks.interface import Batch
from ssimball.attacks.registry import load
from ssimball.config.attacks.minimal import (
    CarliniWagnerConfig,
    DdnConfig,
    DeepFoolConfig,
    EadConfig,
    HotColdConfig,
)
from ssimball.errors import AttackError

SETTINGS = [
    DeepFoolConfig(),
    DdnConfig(),
    CarliniWagnerConfig(binary_search_steps=2, steps=5),
    EadConfig(binary_search_steps=2, steps=5),
    HotColdConfig(),
]
every_attack = pytest.mark.parametrize("settings", SETTINGS, ids=lambda settings: settings.method)
SHAPE = (3, 16, 16)
BETA = 0.01
RNG = np.random.default_rng(11)


def grey(images=1):
    return torch.full((images, *SHAPE), 0.5, dtype=torch.float64)


def weight():
    return torch.from_numpy(np.random.default_rng(3).normal(0, 0.3, SHAPE))


def run(settings, model, images, labels, targets=None):
    rng = [np.random.default_rng([0, i]) for i in range(len(images))]
    batch = Batch(images, torch.tensor(labels), rng, targets)
    return load(settings.method)(model, batch, settings)


@pytest.mark.parametrize(
    ("settings", "within", "target"),
    [
        (DeepFoolConfig(), 1.03, None),  # the overshoot of 2 %, and 1e-4 for stability
        (DdnConfig(), 1.02, None),
        (DdnConfig(), 1.02, 1),
        (CarliniWagnerConfig(), 1.05, None),
        (CarliniWagnerConfig(), 1.05, 1),
        (HotColdConfig(), 1.05, None),  # rounding to 8 bits
        (HotColdConfig(), 1.05, 1),
    ],
    ids=lambda value: getattr(value, "method", None),
)
def test_smallest_l2_norm_of_a_linear_model(settings, within, target, linear):
    targets = None if target is None else torch.tensor([target])
    result = run(settings, linear(weight()), grey(), [0], targets)
    assert list(result.failures) == [None]
    optimum = 1 / float(weight().norm())
    assert optimum * 0.999 <= float((result.adversarial - grey()).norm()) <= optimum * within


def elastic_net(d):
    return (d**2).sum() + BETA * np.abs(d).sum()


def paper_s_ead(w, c, steps, step_size):
    """Iterative shrinkage-thresholding with momentum, from the paper, at one c; the best iterate.

    The loss of the logits is max(margin, 0), with gradient w where the margin is positive. On a
    grey image the box does not bind.
    """
    x = y = best = np.zeros_like(w)
    for k in range(steps):
        gradient = c * w * (w @ y + 1 > 0) + 2 * y
        z = y - step_size * np.sqrt(1 - k / steps) * gradient
        before, x = x, np.sign(z) * np.maximum(np.abs(z) - BETA, 0)
        y = x + k / (k + 3) * (x - before)
        if w @ x + 1 < 0 and (not best.any() or elastic_net(x) < elastic_net(best)):
            best = x
    return best


def test_ead_iterates_as_the_paper_says(linear):
    settings = EadConfig(binary_search_steps=1, initial_const=5.0, steps=30, beta=BETA)
    result = run(settings, linear(weight()), grey(), [0])
    d = (result.adversarial - grey()).numpy().ravel()
    w = weight().numpy().ravel()
    expected = paper_s_ead(w, 5.0, 30, settings.step_size)
    assert expected.any()
    np.testing.assert_allclose(d, expected, atol=1e-6)


def test_ead_has_a_smaller_l1_norm_than_the_smallest_in_l2(linear):
    result = run(EadConfig(beta=BETA), linear(weight()), grey(), [0])
    smallest = weight() / weight().square().sum()
    assert float((result.adversarial - grey()).abs().sum()) < float(smallest.abs().sum())


@every_attack
def test_failure_gives_the_clean_image_and_a_reason(settings):
    """The network predicts class 0 for every image except a black one."""

    class Stubborn(nn.Module):
        def forward(self, images):
            brightness = images.flatten(1).mean(1)
            return torch.stack([brightness * 0 + 1, (brightness == 0).to(brightness.dtype) * 2], 1)

    result = run(settings, Stubborn().eval(), grey(2), [0, 0])
    assert torch.equal(result.adversarial, grey(2))
    assert all(isinstance(reason, str) for reason in result.failures)


@every_attack
def test_misclassified_image_is_returned_unchanged(settings, linear):
    result = run(settings, linear(weight()), grey(2), [1, 1])
    assert torch.equal(result.adversarial, grey(2))
    assert list(result.failures) == [None, None]


def test_network_and_not_foolbox_decides_about_success(linear):
    """A method whose returned image does not fool the network."""
    method = SimpleNamespace(run=lambda model, images, criterion: images + 1e-6)
    rng = [np.random.default_rng(0)]
    result = run_minimal(method, linear(weight()), Batch(grey(), torch.tensor([0]), rng))
    assert torch.equal(result.adversarial, grey())
    assert result.failures[0]


@pytest.mark.parametrize("seed", [0, 1])
def test_random_directions_come_from_the_image(seed, linear):
    """DDN takes a random direction where the gradient is zero, from the image's own generator."""
    flat = linear(torch.zeros(SHAPE, dtype=torch.float64))
    drawn = []
    method = SimpleNamespace(
        run=lambda model, images, criterion: drawn.append(torch.rand(1).item()) or images
    )
    torch.manual_seed(seed)
    before = torch.get_rng_state()
    rng = [np.random.default_rng(5)]
    run_minimal(method, flat, Batch(grey(), torch.tensor([0]), rng))
    assert torch.equal(before, torch.get_rng_state())
    torch.manual_seed(int(np.random.default_rng(5).integers(2**63)))
    assert drawn == [torch.rand(1).item()]


@pytest.mark.parametrize(
    "settings",
    [DdnConfig(), CarliniWagnerConfig(), EadConfig(), HotColdConfig()],
    ids=lambda settings: settings.method,
)
def test_target_is_reached_or_the_clean_image_returned(settings):
    """Class 2 is nearest, class 1 farther away, class 3 unreachable."""
    first, second = (torch.from_numpy(w) for w in RNG.normal(0, 0.3, (2, *SHAPE)))

    class Net(nn.Module):
        def forward(self, images):
            d = (images - 0.5).flatten(1)
            one, two = ((d * w.to(d).flatten()).sum(1) for w in (first, second))
            return torch.stack([0 * one + 1, one + 0.2, two + 0.8, 0 * one - 100], 1)

    result = run(settings, Net().eval(), grey(2), [0, 0], torch.tensor([1, 3]))
    assert result.failures[0] is None
    assert Net()(result.adversarial).argmax(1).tolist() == [1, 0]
    assert result.failures[1]
    assert torch.equal(result.adversarial[1:], grey())


def test_deepfool_takes_no_target(linear):
    with pytest.raises(ValidationError):
        DeepFoolConfig(target="random")
    with pytest.raises(AttackError, match="no target"):
        run(DeepFoolConfig(), linear(weight()), grey(), [0], torch.tensor([1]))
