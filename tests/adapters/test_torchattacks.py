"""Inside torchattacks' own runner: modes, normalisation, several attacks, and saved images."""

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

import ssimball

torchattacks = pytest.importorskip("torchattacks", reason="needs torchattacks: make test-adapters")


@pytest.fixture
def make_attack():
    # Imported here, as without torchattacks the module has no base class.
    from ssimball.adapters.torchattacks import SSIMBallAttack

    return SSIMBallAttack


def test_modes_give_what_the_public_attack_finds(make_attack, network, images, labels):
    network.train()
    attack, public = make_attack(network, epsilon=0.05), ssimball.SSIMBall(epsilon=0.05)
    assert torch.equal(attack(images, labels), public(network, images, labels))
    assert network.training
    targets = (labels + 1) % 4
    expected = public(network, images, labels, targets)
    attack.set_mode_targeted_by_label(quiet=True)
    assert torch.equal(attack(images, targets), expected)
    attack.set_mode_targeted_by_function(lambda x, y: (y + 1) % 4, quiet=True)
    assert torch.equal(attack(images, labels), expected)
    attack.set_mode_targeted_least_likely(quiet=True)
    network.eval()
    least = network(images).argmin(1)
    assert torch.equal(attack(images, labels), public(network, images, labels, least))
    attack.set_mode_default()
    assert torch.equal(attack(images, labels), public(network, images, labels))


def test_normalised_images(make_attack, network, images, labels):
    mean, std = [0.4, 0.5, 0.6], [0.2, 0.25, 0.3]
    attack = make_attack(network, steps=2)
    attack.set_normalization_used(mean, std)
    found = attack.inverse_normalize(attack(attack.normalize(images), labels))

    class Normalised(torch.nn.Module):
        def forward(self, x):
            return network(attack.normalize(x))

    expected = ssimball.attack(Normalised(), images, labels, steps=2).images
    # The image that comes back from normalisation is a rounding error away, and so the result.
    assert float((found - expected).abs().mean()) < 0.01 / 255
    assert bool((ssimball.ssim(images, found.clamp(0, 1)) >= 0.99 - 1e-6).all())


def test_beside_another_attack_and_saved(make_attack, network, images, labels, tmp_path):
    ball = make_attack(network, epsilon=0.4, tau=None, steps=5)
    both = torchattacks.MultiAttack([torchattacks.FGSM(network, eps=1e-6), ball])
    found, alone = both(images, labels), ball(images, labels)
    fooled = network(alone).argmax(1) != labels
    assert bool(fooled.any())
    assert torch.equal(found[fooled], alone[fooled])
    assert torch.equal(found[~fooled], images[~fooled])
    path = tmp_path / "adversarial.pt"
    loader = DataLoader(TensorDataset(images, labels), batch_size=2)
    accuracy, _, _ = ball.save(loader, path, verbose=False, return_verbose=True, save_type="int")
    assert accuracy == pytest.approx(100 * float((~fooled).double().mean()))
    # torchattacks truncates, so that a level may be one too low.
    levels = torch.load(path)["adv_inputs"].double()
    assert float((255 * alone.double() - levels).abs().max()) <= 1 + 1e-4


def test_mistakes_get_a_sentence(make_attack, network, images):
    with pytest.raises(ssimball.InputError, match="did you mean epsilon"):
        make_attack(network, epsilom=0.1)
    with pytest.raises(ssimball.InputError, match="divide by 255"):
        make_attack(network)(255 * images, torch.tensor([0, 1, 2]))
