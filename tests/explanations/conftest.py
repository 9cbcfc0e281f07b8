"""What the tests of explanations share."""

import copy

import numpy as np
import pytest
import torch
import torchvision

from ssimball.config.model import ModelConfig
from ssimball.explanations.registry import load
from ssimball.models.classifier import Classifier


def _explain(settings, classifier, images, classes, seeds=None):
    """A method with a generator for each image."""
    rngs = [np.random.default_rng(seed) for seed in seeds or range(len(images))]
    return load(settings.method)(classifier, images, classes, settings, rngs)


@pytest.fixture(scope="session")
def explain():
    """``explain(settings, classifier, images, classes, seeds)``."""
    return _explain


@pytest.fixture(scope="session")
def resnet():
    """A ResNet-18 with random weights, biases that are not zero, and 10 classes."""
    torch.manual_seed(0)
    network = torchvision.models.resnet18(weights=None, num_classes=10)
    torch.nn.init.normal_(network.fc.bias)
    return Classifier(network, ModelConfig(name="resnet18", width_mult=1.0))


@pytest.fixture(scope="session")
def exact_classifier(demo_classifier):
    """The shipped classifier in float64."""
    return copy.deepcopy(demo_classifier).double()


@pytest.fixture(scope="session")
def images(picture):
    """Two images, float64 (2, 3, 96, 64)."""
    return torch.from_numpy(np.stack([picture(n, (3, 96, 64)) for n in (0, 4)]))
