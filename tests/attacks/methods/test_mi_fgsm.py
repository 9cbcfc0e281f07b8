"""MI-FGSM compared with the paper's update in NumPy, with gradients by hand."""

import numpy as np
import pytest
import torch
from torch import nn

from ssimball.attacks.interface import Batch
from ssimball.attacks.methods.mi_fgsm import attack
from ssimball.config.attacks.gradient import MiFgsmConfig

SHAPE, CLASSES, HIDDEN = (2, 4, 4), 3, 5
RNG = np.random.default_rng(8)
FIRST = RNG.normal(0, 1, (HIDDEN, 32))
SECOND = RNG.normal(0, 2, (CLASSES, HIDDEN))
ALONE = RNG.normal(0, 1, (CLASSES, 32))


class Net(nn.Module):
    """The network SECOND tanh(FIRST x), or ALONE x."""

    def __init__(self, nonlinear):
        super().__init__()
        self.nonlinear = nonlinear

    def forward(self, images):
        x = images.flatten(1)
        if not self.nonlinear:
            return x @ torch.from_numpy(ALONE).T
        return torch.tanh(x @ torch.from_numpy(FIRST).T) @ torch.from_numpy(SECOND).T


def cross_entropy_gradient(x, label, nonlinear):
    """Return the gradient by the chain rule, written by hand."""
    hidden = np.tanh(FIRST @ x)
    logits = SECOND @ hidden if nonlinear else ALONE @ x
    p = np.exp(logits - logits.max())
    p /= p.sum()
    p[label] -= 1
    return FIRST.T @ ((1 - hidden**2) * (SECOND.T @ p)) if nonlinear else ALONE.T @ p


def paper(x, label, nonlinear, sign, epsilon, steps, mu):
    """Iterate x_{t+1} = x_t + alpha sign(g_{t+1}) in [0, 1]; ``sign`` is -1 with a target."""
    g = np.zeros_like(x)
    for _ in range(steps):
        gradient = sign * cross_entropy_gradient(x, label, nonlinear)
        g = mu * g + gradient / np.abs(gradient).sum()
        x = np.clip(x + epsilon / steps * np.sign(g), 0, 1)
    return x


@pytest.mark.parametrize("nonlinear", [False, True], ids=["linear", "tanh"])
@pytest.mark.parametrize("targeted", [False, True])
@pytest.mark.parametrize("mu", [0.0, 0.5, 1.0])
def test_update_is_that_of_the_paper(nonlinear, targeted, mu):
    images = np.random.default_rng(9).uniform(0, 1, (4, *SHAPE))
    labels, targets = torch.tensor([0, 1, 2, 0]), torch.tensor([1, 2, 0, 2])
    rng = [np.random.default_rng(0)] * 4
    batch = Batch(torch.from_numpy(images), labels, rng, targets if targeted else None)
    settings = MiFgsmConfig(epsilon=0.4, steps=8, decay=mu)
    found = attack(Net(nonlinear), batch, settings).adversarial
    classes, sign = (targets, -1) if targeted else (labels, 1)
    expected = [
        paper(x.ravel(), int(c), nonlinear, sign, 0.4, 8, mu).reshape(SHAPE)
        for x, c in zip(images, classes, strict=True)
    ]
    np.testing.assert_allclose(found.numpy(), np.stack(expected), atol=1e-12)


def test_momentum_matters():
    """Without this, the test above would not distinguish the method from BIM."""
    x = np.random.default_rng(9).uniform(0, 1, 32)
    with_it, without = (paper(x, 0, True, 1, 0.4, 8, mu) for mu in (1.0, 0.0))
    assert np.abs(with_it - without).max() > 0.1
