"""Inside ART's own runner: preprocessing, ranges, kinds of labels, and its measures."""

import numpy as np
import pytest
import torch

import ssimball

art = pytest.importorskip("art", reason="needs adversarial-robustness-toolbox: make test-adapters")


@pytest.fixture
def make_attack(network):
    from art.estimators.classification import PyTorchClassifier

    from ssimball.adapters.art import SSIMBallAttack

    def make(clip_values=(0, 1), preprocessing=None, defence=None, **options):
        classifier = PyTorchClassifier(
            network,
            torch.nn.CrossEntropyLoss(),
            (3, 32, 32),
            4,
            clip_values=clip_values,
            preprocessing=preprocessing,
            preprocessing_defences=defence,
            device_type="cpu",
        )
        return SSIMBallAttack(classifier, **options)

    return make


def test_generate_gives_what_the_public_attack_finds(make_attack, network, images, labels):
    x, y, public = images.numpy(), labels.numpy(), ssimball.SSIMBall(epsilon=0.05)
    expected = public(network, images, labels).numpy()
    attack = make_attack(epsilon=0.05, batch_size=2)
    one_hot = np.eye(4, dtype=np.float32)[y]
    for given in (y, one_hot, None):
        assert attack.generate(x, given) == pytest.approx(expected, abs=1e-6)
    assert attack.generate(x).dtype == np.float32
    attack.set_params(targeted=True)
    targets = (labels + 1) % 4
    expected = public(network, images, labels, targets).numpy()
    assert attack.generate(x=x, y=targets.numpy()) == pytest.approx(expected, abs=1e-6)
    attack.set_params(targeted=False, epsilon=0.01)
    assert "epsilon=0.01" in repr(attack)
    assert (ssimball.ssim(x, attack.generate(x)) >= 0.99 - 1e-9).all()


def test_ranges_and_preprocessing_are_part_of_the_network(make_attack, network, images, labels):
    means = np.array([0.4, 0.5, 0.6], np.float32)
    attack = make_attack((0, 255), (255 * means, np.full(3, 255, np.float32)), steps=2)
    x, y = 255 * images.numpy(), labels.numpy()
    found = attack.generate(x, y)

    class Shifted(torch.nn.Module):
        def forward(self, images):
            return network(images - torch.from_numpy(means).reshape(3, 1, 1))

    public = ssimball.attack(Shifted(), images, labels, steps=2)
    # Other orders of floating-point operations, so that a value may round to another level.
    assert np.abs(found - 255 * public.images.numpy()).mean() < 0.01
    predicted = attack.estimator.predict(found).argmax(1)
    assert np.array_equal(predicted, public.predictions.numpy())
    # Images as bytes, for a classifier that takes them as numbers from 0 to 255.
    levels = attack.generate(x.round().astype(np.uint8), y)
    assert levels.dtype == np.uint8
    assert np.array_equal(levels, found.round())


def test_success_as_art_computes_it(make_attack, network, images, labels):
    from art.utils import compute_success

    attack = make_attack(epsilon=0.4, tau=None, steps=5)
    x, y = images.numpy(), labels.numpy()
    result = ssimball.attack(network, images, labels, ssim=0.6, tau=None, steps=5)
    found = attack.generate(x, y)
    share = compute_success(attack.estimator, x, np.eye(4)[y], found)
    assert share == pytest.approx(float(result.success.double().mean()))
    assert share > 0


def test_mistakes_get_a_sentence(make_attack, images):
    from art.defences.preprocessor import JpegCompression

    x = images.numpy()
    mistakes = {
        "did you mean epsilon": lambda: make_attack(epsilom=0.1),
        "clip_values": lambda: make_attack(None),
        "no gradient": lambda: make_attack(
            defence=JpegCompression((0, 1), channels_first=True, quality=50)
        ),
        "needs the classes to reach": lambda: make_attack(targeted=True).generate(x),
        "give one for each": lambda: make_attack().generate(x, np.array([0])),
        "mask: ": lambda: make_attack().generate(x, mask=x),
    }
    for message, call in mistakes.items():
        with pytest.raises(ssimball.InputError, match=message):
            call()
