"""Hot/cold compared with the paper's direction by hand, and with a grid of all scales."""

import numpy as np
import pytest
import torch
from torch import nn

from ssimball.attacks.interface import Batch
from ssimball.attacks.methods.hot_cold import attack
from ssimball.config.attacks.minimal import HotColdConfig
from ssimball.errors import AttackError

SHAPE = (2, 4, 4)
WEIGHT = np.random.default_rng(4).normal(0, 1, (4, 32))
BIAS = np.array([2.0, 0.5, 1.0, -1.5])
X = np.full(32, 127 / 255)
Y = 0  # the class of largest logit at X, as the first test checks


class Affine(nn.Module):
    def forward(self, images):
        x = images.flatten(1) - 127 / 255
        return x @ torch.from_numpy(WEIGHT).T + torch.from_numpy(BIAS)


def run(target=None, **settings):
    targets = None if target is None else torch.tensor([target])
    images = torch.from_numpy(X).reshape(1, *SHAPE)
    batch = Batch(images, torch.tensor([Y]), [np.random.default_rng(0)], targets)
    result = attack(Affine(), batch, HotColdConfig(**settings))
    return result.adversarial.numpy().ravel(), result.failures[0]


def logits(x):
    return WEIGHT @ (x - X) + BIAS


@pytest.mark.parametrize(
    ("hot", "settings"),
    [(2, {}), (1, {"hot_rank": 2}), (3, {"hot_rank": 3}), (1, {"target": 1}), (3, {"target": 3})],
)
def test_direction_is_that_of_the_paper_and_the_scale_is_the_smallest(hot, settings):
    assert logits(X).argmax() == Y
    omega = np.zeros(4)
    omega[hot], omega[Y] = abs(BIAS[hot]), -BIAS[Y]
    eta = omega @ WEIGHT / np.abs(omega @ WEIGHT).max()
    tried = [np.round(255 * np.clip(X + s * eta, 0, 1)) / 255 for s in np.arange(1, 4096) / 4096]
    reached = (lambda c: c == hot) if "target" in settings else (lambda c: c != Y)
    expected = next(image for image in tried if reached(logits(image).argmax()))
    found, failure = run(**settings)
    assert failure is None
    np.testing.assert_allclose(found, expected, atol=1.01 / 255)
    assert np.abs(found - expected).sum() <= 2.01 / 255
    assert reached(logits(found).argmax())


def test_change_stays_within_its_bound():
    found, failure = run(max_change=1 / 255)
    assert failure is not None
    np.testing.assert_array_equal(found, X)


def test_rank_above_the_number_of_classes_is_an_error():
    with pytest.raises(AttackError, match="3 other classes"):
        run(hot_rank=4)
