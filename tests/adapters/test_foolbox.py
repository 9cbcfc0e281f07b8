"""Inside Foolbox's own runner: bounds by scikit-image, success by the model, and its distances."""

import eagerpy as ep
import foolbox
import numpy as np
import pytest
import torch
from foolbox.criteria import TargetedMisclassification

import ssimball
from ssimball.adapters.foolbox import SSIMBallAttack, SSIMDistance

EPSILONS = [0.0, 0.01, 0.2]


@pytest.fixture
def fmodel(network):
    """The network behind a normalisation that undoes its own."""
    preprocessing = {"mean": [0.1] * 3, "std": [0.5] * 3, "axis": -3}
    inside = torch.nn.Sequential(_Affine(0.5, 0.1), network).eval()
    return foolbox.PyTorchModel(inside, (0, 1), "cpu", preprocessing)


class _Affine(torch.nn.Module):
    def __init__(self, factor, offset):
        super().__init__()
        self.factor, self.offset = factor, offset

    def forward(self, x):
        return self.factor * x + self.offset


def test_the_runner_gets_what_the_public_attack_finds(
    network, fmodel, images, labels, reference_ssim
):
    options = {"steps": 3, "tau": None}
    raw, clipped, success = SSIMBallAttack(**options)(fmodel, images, labels, epsilons=EPSILONS)
    assert torch.equal(raw[0], images)
    assert not bool(success[0].any())
    for epsilon, each, same, fools in zip(EPSILONS, raw, clipped, success, strict=True):
        assert torch.equal(each, same)
        assert torch.equal(fools, fmodel(each).argmax(1) != labels)
        for x, y in zip(images.double().numpy(), each.double().numpy(), strict=True):
            assert reference_ssim(x, y).mean() >= 1 - epsilon
    assert bool(success[2].any())
    own = ssimball.attack(network, images, labels, ssim=0.8, **options).images
    assert float((raw[2] - own).abs().mean()) < 0.1 / 255


def test_targets_and_repetition_and_other_bounds(network, fmodel, images, labels):
    criterion = TargetedMisclassification((labels + 1) % 4)
    attack = SSIMBallAttack(steps=5, tau=None).repeat(2)
    found, _, success = attack(fmodel, images, criterion, epsilons=0.4)
    assert torch.equal(success, fmodel(found).argmax(1) == criterion.target_classes.raw)
    assert bool(success.any())
    bytewise = torch.nn.Sequential(_Affine(1 / 255, 0), network).eval()
    of_bytes = foolbox.PyTorchModel(bytewise, (0, 255), "cpu")
    attack = SSIMBallAttack()
    with pytest.raises(ssimball.InputError, match=r"transform_bounds\(\(0, 1\)\)"):
        attack(of_bytes, 255 * images, labels, epsilons=0.01)
    found, _, _ = attack(of_bytes.transform_bounds((0, 1)), images, labels, epsilons=0.01)
    assert torch.equal(found, ssimball.attack(network, images, labels).images)


def test_the_distance_is_that_of_scikit_image_and_clips_to_its_bound(picture, reference_ssim):
    x, y = (np.stack([picture(n, (3, 20, 31)) for n in numbers]) for numbers in ((0, 1), (6, 4)))
    distance = SSIMDistance()
    deficits = [1 - reference_ssim(a, b).mean() for a, b in zip(x, y, strict=True)]
    x, y = torch.from_numpy(x), torch.from_numpy(y)
    assert distance(x, y).numpy() == pytest.approx(deficits, abs=1e-12)
    between = (deficits[0] + deficits[1]) / 2
    clipped = distance.clip_perturbation(ep.astensor(x), ep.astensor(y), between).raw
    far = int(deficits[1] > deficits[0])
    assert torch.equal(clipped[1 - far], y[1 - far])
    assert float(distance(x, clipped)[far]) == pytest.approx(between, rel=1e-3)
    assert bool((distance(x, clipped) <= between).all())


def test_another_attack_is_held_to_ssim(fmodel, images, labels):
    torch.manual_seed(0)
    noise = foolbox.attacks.LinearSearchBlendedUniformNoiseAttack(distance=SSIMDistance())
    raw, clipped, _ = noise(fmodel, images, labels, epsilons=0.05)
    distance = SSIMDistance()
    assert bool((distance(images, raw) > 0.05).any())
    assert float(distance(images, clipped).max()) == pytest.approx(0.05, rel=1e-3)


MISTAKES = {
    "give epsilons=": lambda model, x, y: SSIMBallAttack(epsilon=0.1),
    "did you mean steps": lambda model, x, y: SSIMBallAttack(step=1),
    "1.5 is no bound": lambda model, x, y: SSIMBallAttack()(model, x, y, epsilons=[1.5]),
    "of PyTorch, got ndarray": lambda model, x, y: SSIMBallAttack().run(
        model, x.numpy(), y, epsilon=0.1
    ),
    "expected Misclassification": lambda model, x, y: SSIMBallAttack()(
        model, x, foolbox.criteria.Misclassification(y) & _Any(), epsilons=0.1
    ),
}


class _Any(foolbox.criteria.Criterion):
    def __repr__(self):
        return "any"

    def __call__(self, perturbed, outputs):
        return outputs.argmax(-1) >= 0


@pytest.mark.parametrize("message", MISTAKES)
def test_mistakes_get_a_sentence(fmodel, images, labels, message):
    with pytest.raises(ssimball.InputError, match=message):
        MISTAKES[message](fmodel, images, labels)
