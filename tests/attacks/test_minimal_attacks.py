"""Attacks that search a smallest perturbation: how near they get, and what they say if they fail.

On the linear model with margin <weight, x - 0.5> + 1 a grey image, where [0, 1] binds nowhere, has
known smallest perturbations: of l2 norm 1 / ||weight||_2, and of the elastic net as below.
"""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch import nn

from ssimball.attacks.interface import Batch
from ssimball.attacks.registry import load
from ssimball.attacks.through_foolbox import run_minimal
from ssimball.config.minimal_attacks import (
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
every_attack = pytest.mark.parametrize("settings", SETTINGS, ids=lambda one: one.method)
SHAPE = (3, 16, 16)
BETA = 0.01


def grey(images=1):
    return torch.full((images, *SHAPE), 0.5, dtype=torch.float64)


def weight():
    return torch.from_numpy(np.random.default_rng(3).normal(0, 0.3, SHAPE))


def run(settings, model, images, labels, targets=None):
    rng = [np.random.default_rng([0, i]) for i in range(len(images))]
    batch = Batch(images, torch.tensor(labels), rng, targets)
    return load(settings.method)(model, batch, settings)


@pytest.mark.parametrize(
    ("settings", "within"),
    [
        (DeepFoolConfig(), 1.03),  # the overshoot of 2 %, and 1e-4 for stability
        (DdnConfig(), 1.02),
        (CarliniWagnerConfig(), 1.05),
        (HotColdConfig(), 1.05),  # rounding to 8 bits
    ],
    ids=lambda one: getattr(one, "method", ""),
)
@pytest.mark.parametrize("target", [None, 1])
def test_smallest_l2_norm_of_a_linear_model(settings, within, target, linear):
    if settings.method == "deepfool" and target is not None:
        pytest.skip("takes no target")
    targets = None if target is None else torch.tensor([target])
    result = run(settings, linear(weight()), grey(), [0], targets)
    assert list(result.failures) == [None]
    optimum = 1 / float(weight().norm())
    assert optimum * 0.999 <= float((result.adversarial - grey()).norm()) <= optimum * within


def smallest_elastic_net(w, beta):
    """Minimum of ||d||_2^2 + beta ||d||_1 where <w, d> = -1, by its one multiplier."""
    low, high = 0.0, 1e6
    for _ in range(200):
        multiplier = (low + high) / 2
        d = np.maximum(multiplier * np.abs(w) - beta, 0) / 2
        low, high = (multiplier, high) if (np.abs(w) * d).sum() < 1 else (low, multiplier)
    return (d**2).sum() + beta * d.sum()


def test_smallest_elastic_net_of_a_linear_model(linear):
    found = run(EadConfig(beta=BETA), linear(weight()), grey(), [0])
    d = found.adversarial - grey()
    reached = float(d.square().sum() + BETA * d.abs().sum())
    optimum = smallest_elastic_net(weight().numpy().ravel(), BETA)
    assert optimum * 0.999 <= reached <= optimum * 1.1


@every_attack
def test_failure_gives_the_clean_image_and_a_reason(settings):
    """The network never says anything but class 0, except of a black image."""

    class Stubborn(nn.Module):
        def forward(self, images):
            brightness = images.flatten(1).mean(1)
            return torch.stack([brightness * 0 + 1, (brightness == 0).to(brightness.dtype) * 2], 1)

    result = run(settings, Stubborn(), grey(2), [0, 0])
    assert torch.equal(result.adversarial, grey(2))
    assert all(isinstance(reason, str) for reason in result.failures)


@every_attack
def test_image_that_fools_already_is_left_as_it_is(settings, linear):
    result = run(settings, linear(weight()), grey(2), [1, 1])
    assert torch.equal(result.adversarial, grey(2))
    assert list(result.failures) == [None, None]


def test_what_is_returned_is_judged_by_the_network_not_by_foolbox(linear):
    """A method that returns something else than it found."""
    method = SimpleNamespace(run=lambda model, images, criterion: images + 1e-6)
    rng = [np.random.default_rng(0)]
    found = run_minimal(method, linear(weight()), Batch(grey(), torch.tensor([0]), rng))
    assert torch.equal(found.adversarial, grey())
    assert found.failures[0]


@pytest.mark.parametrize("seed", [0, 1])
def test_random_directions_come_from_the_image(seed, linear):
    """DDN takes a random direction where the gradient is zero; global generators decide nothing."""
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


def test_deepfool_takes_no_target(linear):
    with pytest.raises(ValidationError):
        DeepFoolConfig(target="random")
    with pytest.raises(AttackError, match="no target"):
        run(DeepFoolConfig(), linear(weight()), grey(), [0], torch.tensor([1]))
