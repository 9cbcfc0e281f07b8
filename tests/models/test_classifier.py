"""Networks: every family loads and its head is verified; mistakes are in tests/bad_input."""

import numpy as np
import pytest
import torch
import torchvision

from ssimball.config.model import ModelConfig
from ssimball.errors import ModelError
from ssimball.models import classifier as models
from ssimball.models.classifier import load_classifier

#: The smallest member of each family.
SMALLEST = {
    "mobilenet_v2": "mobilenet_v2",
    "resnet": "resnet18",
    "resnext": "resnext50_32x4d",
    "wide_resnet": "wide_resnet50_2",
    "efficientnet": "efficientnet_b0",
    "mnasnet": "mnasnet0_5",
    "regnet": "regnet_y_400mf",
    "shufflenet_v2": "shufflenet_v2_x0_5",
}


def config(name, weights, **changes):
    settings = {"name": name, "weights": str(weights), "width_mult": 1.0, "num_classes": 10}
    return ModelConfig(**{**settings, **changes})


def random_network(name, **options):
    """Return a network whose batch normalisations are not those before training."""
    torch.manual_seed(0)
    network = torchvision.models.get_model(name, weights=None, num_classes=10, **options)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for values in (module.running_var, module.weight.data):
                torch.nn.init.uniform_(values, 0.5, 1.5)
            for values in (module.running_mean, module.bias.data):
                torch.nn.init.normal_(values)
    return network


@pytest.fixture(scope="module")
def resnet18(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    torch.save(random_network("resnet18").state_dict(), path)
    return path


def test_every_family_has_a_representative():
    assert set(SMALLEST) == set(models._HEADS)


@pytest.mark.parametrize("padding", ["torch", "same"])
@pytest.mark.parametrize("family", SMALLEST)
def test_every_family_loads_and_has_a_cam_head(family, padding, tmp_path):
    network = random_network(SMALLEST[family])
    torch.save(network.state_dict(), tmp_path / "weights.pth")
    classifier = load_classifier(
        config(SMALLEST[family], tmp_path / "weights.pth", padding=padding)
    )
    images = torch.from_numpy(np.random.default_rng(0).random((2, 3, 64, 64)))
    with torch.no_grad():
        logits, features = classifier.logits_and_features(images)
        expected = network.eval()((images.float() - 0.5) / 0.5)
    assert features.shape[0] == 2
    assert features.ndim == 4
    # Loading folds the batch normalisations into the convolutions.
    error = (logits - expected).abs().max() / expected.abs().max()
    assert (error < 1e-5) == (padding == "torch")


def test_classifier_normalises_as_configured(resnet18):
    mean, std = [0.1, 0.2, 0.3], [0.4, 0.5, 0.6]
    classifier = load_classifier(config("resnet18", resnet18, mean=mean, std=std))
    network = random_network("resnet18").eval()
    images = torch.rand(2, 3, 64, 64)
    normalised = torchvision.transforms.functional.normalize(images, mean, std)
    with torch.no_grad():
        logits, expected = classifier(images), network(normalised)
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-5 * float(expected.abs().max()))
    assert not any(parameter.requires_grad for parameter in classifier.parameters())


def test_pooling_other_than_the_mean_is_found_out(resnet18, monkeypatch):
    network = random_network("resnet18")
    network.avgpool = torch.nn.AdaptiveMaxPool2d(1)
    monkeypatch.setattr(torchvision.models, "get_model", lambda *_, **__: network)
    with pytest.raises(ModelError, match="no class activation map"):
        load_classifier(config("resnet18", resnet18))
