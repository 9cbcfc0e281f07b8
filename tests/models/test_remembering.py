"""A classifier that remembers passes answers as its original, and runs the network once."""

import pytest
import torch

from ssimball.config.model import ModelConfig
from ssimball.models.classifier import Classifier
from ssimball.models.remembering import PASSES, remembering


@pytest.fixture
def settings():
    return ModelConfig(name="mobilenet_v2", weights=".pth", num_classes=4)


def test_the_answers_are_those_of_the_classifier_and_the_network_runs_once(
    network, images, settings
):
    classifier = Classifier(network, settings)
    logits, features = classifier.logits_and_features(images)
    remembers = remembering(classifier, settings)
    remembers.features_of(images)
    runs = []
    network.register_forward_hook(lambda *_: runs.append(1))
    for _ in range(2):
        assert torch.equal(remembers(images), logits)
        found = remembers.logits_and_features(images)
        assert torch.equal(found[0], logits) and torch.equal(found[1], features)
    assert len(runs) == 1
    other = images.clone()
    other[0, 0, 0, 0] += 1 / 255
    assert not torch.equal(remembers(other), logits)
    assert len(runs) == 2


def test_gradients_are_not_remembered(network, images, settings):
    remembers = remembering(Classifier(network, settings), settings)
    remembers(images)
    x = images.clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(remembers(x).sum(), x)
    y = images.clone().requires_grad_(True)
    (expected,) = torch.autograd.grad(Classifier(network, settings)(y).sum(), y)
    assert torch.equal(gradient, expected) and bool(gradient.abs().sum() > 0)


def test_the_oldest_pass_is_forgotten(network, images, settings):
    remembers = remembering(Classifier(network, settings), settings)
    for number in range(PASSES + 5):
        remembers(images[:1] * (number / PASSES / 2))
    assert len(remembers._passes) == PASSES
