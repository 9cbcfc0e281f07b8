"""Networks of Hugging Face, which return an object with logits among other things."""

from pathlib import Path

import pytest
import torch
from torch import nn

import ssimball
from ssimball.config.model import ModelConfig
from ssimball.models.classifier import load_classifier

transformers = pytest.importorskip("transformers", reason="needs transformers: make test-adapters")

CODE = """
from transformers import ResNetConfig, ResNetForImageClassification

def build(num_classes):
    sizes = {"embedding_size": 16, "hidden_sizes": [16, 32], "depths": [1, 1]}
    return ResNetForImageClassification(ResNetConfig(num_labels=num_classes, **sizes))
"""


class _Logits(nn.Module):
    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x).logits


@pytest.fixture
def convolutional(tmp_path, monkeypatch):
    """A small ResNet, made by the function of a module in the current folder."""
    monkeypatch.chdir(tmp_path)
    Path("hugging.py").write_text(CODE)
    monkeypatch.syspath_prepend(tmp_path)
    torch.manual_seed(0)
    from hugging import build

    return build(10).eval()


@pytest.fixture
def transformer():
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    settings = transformers.ViTConfig(**sizes, intermediate_size=64, image_size=32, patch_size=8)
    return transformers.ViTForImageClassification(settings).eval()


@pytest.mark.parametrize("name", ["convolutional", "transformer"])
def test_the_attack_and_the_maps_are_those_of_the_logits_alone(name, request):
    network, images = request.getfixturevalue(name), torch.rand(2, 3, 32, 32)
    labels = network(images).logits.argmax(1)
    found = ssimball.attack(network, images, labels)
    expected = ssimball.attack(_Logits(network), images, labels)
    assert torch.equal(found.images, expected.images)
    maps = ssimball.cam(network, images, labels)
    assert torch.equal(maps.maps, ssimball.cam(_Logits(network), images, labels).maps)
    assert maps.exact == (name == "convolutional")


def test_the_pipeline_loads_a_network_with_the_weights_as_they_are_saved(convolutional):
    convolutional.save_pretrained("saved")
    settings = {"name": "hugging:build", "weights": "saved/model.safetensors", "num_classes": 10}
    classifier = load_classifier(ModelConfig(**settings, width_mult=1.0))
    images = torch.rand(2, 3, 224, 224)
    with torch.no_grad():
        logits, expected = classifier(images), convolutional((images - 0.5) / 0.5).logits
    torch.testing.assert_close(logits, expected, rtol=0, atol=1e-5 * float(expected.abs().max()))
