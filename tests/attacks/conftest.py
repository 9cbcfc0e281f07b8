"""Fixtures that the tests of attacks share."""

import numpy as np
import pytest
import torch

from ssimball.attacks.interface import Batch
from ssimball.attacks.registry import load


def _run(settings, model, images, labels, *, seed=0, targets=None, first=0):
    """Run an attack with a generator for each image; ``first`` is the number of the first image."""
    numbers = range(first, first + len(images))
    rng = [np.random.default_rng([seed, number]) for number in numbers]
    others = Batch(1 - images, labels, rng) if settings.needs_others else None
    return load(settings.method)(model, Batch(images, labels, rng, targets, others), settings)


@pytest.fixture(scope="session")
def run():
    """The function ``run(settings, model, images, labels, ...)``."""
    return _run


@pytest.fixture(scope="session")
def batch(picture, demo_classifier):
    """Three scenes, with the classes that the network predicts as labels."""
    images = torch.from_numpy(np.stack([picture(n, (3, 40, 40)) for n in (0, 6, 12)]))
    images = (255 * images).round() / 255
    return images, demo_classifier(images).argmax(1)


@pytest.fixture(scope="session")
def weight():
    """Weight of a linear model: float16, as certificates store it, with largest magnitude 1."""
    values = np.random.default_rng(12345).uniform(-1, 1, (3, 16, 16))
    weight = torch.from_numpy(values).half().double()
    weight[0, 0, 0] = 1.0
    return weight


@pytest.fixture(scope="session")
def on_grey(linear):
    """The function ``on_grey(settings, weight, target)``: the change of a grey image, the result.

    The bounds [0, 1] bind nowhere. With a target, the label is the other class.
    """

    def change(settings, weight, target=None):
        grey = torch.full((1, *weight.shape), 0.5, dtype=torch.float64)
        label, targets = (0, None) if target is None else (1 - target, torch.tensor([target]))
        result = _run(settings, linear(weight), grey, torch.tensor([label]), targets=targets)
        return (result.adversarial - grey)[0].double(), result

    return change
