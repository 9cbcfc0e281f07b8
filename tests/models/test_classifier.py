"""Networks of torchvision, timm and one's own; mistakes are in tests/bad_input."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
import torchvision
from torch import nn

from ssimball.config.model import ModelConfig
from ssimball.config.study import load_study
from ssimball.errors import ConfigError, ModelError
from ssimball.models.building import build
from ssimball.models.classifier import Classifier, load_classifier
from ssimball.models.first_load import try_classifier
from ssimball.models.names import Library, _registered
from ssimball.pipeline.identity import model_identity

#: Small networks whose pooled feature maps give the logits.
EXACT = [
    *("mobilenet_v2", "resnet18", "efficientnet_b0", "mnasnet0_5", "regnet_y_400mf"),
    *("shufflenet_v2_x0_5", "densenet121", "squeezenet1_1", "googlenet"),
    *("timm/mobilenetv2_050", "timm/tf_efficientnet_lite0", "timm/resnetv2_18", "timm/repvgg_a0"),
]
#: Those that have no such maps, and the layer whose feature maps Grad-CAM gets.
OTHERS = {
    "mobilenet_v3_small": "features",
    "timm/tf_mobilenetv3_small_075": "blocks",
    "timm/convnext_atto": "norm_pre",
    "timm/hardcorenas_a": "blocks",
}


def config(name, weights, **changes):
    settings = {"name": name, "weights": str(weights), "width_mult": 1.0, "num_classes": 10}
    return ModelConfig(**{**settings, **changes})


def random_network(name):
    """Return a network whose batch normalisations are not those before training."""
    torch.manual_seed(0)
    network = build(config(name, "demo"))
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            for values in (module.running_var, module.weight.data):
                torch.nn.init.uniform_(values, 0.5, 1.5)
            for values in (module.running_mean, module.bias.data):
                torch.nn.init.normal_(values)
    return network


def saved(name, folder):
    """Return the network and the classifier that is loaded from its weights."""
    network = random_network(name)
    torch.save(network.state_dict(), folder / "weights.pth")
    return network, load_classifier(config(name, folder / "weights.pth"))


class _Own(nn.Module):
    """A convolution with a function before it."""

    def __init__(self, before):
        super().__init__()
        self.before = before
        head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 10)
        self.layers = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), *head)

    def forward(self, x):
        return self.layers(self.before(x))


FLAT = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 10))
UNFIT = {
    "gives no gradient": _Own(torch.Tensor.detach),
    "gives no gradient .*NumPy|gives no gradient .*numpy": _Own(lambda x: torch.tensor(x.numpy())),
    "gives a gradient of 0": _Own(lambda x: (255 * x).round() / 255),
    "gives other logits": _Own(nn.functional.dropout),
    "no layer has feature maps .* in own:net": FLAT,
}


@pytest.mark.parametrize("message", UNFIT)
def test_what_attacks_and_explanations_need_is_tried_before_the_first_job(message):
    torch.manual_seed(0)
    with pytest.raises(ModelError, match=f"^model.name: .*{message}"):
        try_classifier(Classifier(UNFIT[message], config("own:net", "w.pth")), "own:net", 32)


def test_a_network_that_can_be_attacked_and_explained():
    network = _Own(torch.Tensor.clone).eval()
    try_classifier(Classifier(network, config("own:net", "w.pth")), "own:net", 32)


@pytest.fixture(scope="module")
def resnet18(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "resnet18.pth"
    torch.save(random_network("resnet18").state_dict(), path)
    return path


def test_names_are_those_of_the_libraries():
    """They are read from the libraries' sources; the libraries themselves are the truth."""
    models = torchvision.models
    assert set(_registered(Library.TORCHVISION)) == set(models.list_models(models))
    assert set(_registered(Library.TIMM)) == {f"timm/{name}" for name in timm.list_models()}


@pytest.mark.parametrize("name", [*EXACT, *OTHERS])
def test_loaded_networks_compute_what_the_library_s_do(name, tmp_path):
    """Loading folds batch normalisations, with which timm's networks hold activations too."""
    network, classifier = saved(name, tmp_path)
    images = torch.from_numpy(np.random.default_rng(0).random((2, 3, 96, 96)))
    normalised = (images.float() - 0.5) / 0.5
    with torch.no_grad():
        logits, expected = classifier(images), network(normalised)
        assert (logits - expected).abs().max() < 1e-4 * expected.abs().max()
        features = classifier.features_of(images)
        logits, tensor = classifier.logits_and_features(images)
    maps = features.layout.maps(tensor)
    assert (features.head is None) == (name in OTHERS)
    if features.head is not None:
        rebuilt = maps.mean((2, 3)) @ features.head.weight.T + features.head.bias
        assert (rebuilt - expected).abs().max() < 1e-4 * expected.abs().max()
    else:
        assert features.place.module == OTHERS[name]


def test_a_network_that_pads_itself_is_not_padded_again(tmp_path):
    network, _ = saved("timm/tf_efficientnet_lite0", tmp_path)
    path = tmp_path / "weights.pth"
    classifier = load_classifier(config("timm/tf_efficientnet_lite0", path, padding="same"))
    images = torch.rand(1, 3, 62, 64)
    with torch.no_grad():
        logits, expected = classifier(images), network((images - 0.5) / 0.5)
    assert (logits - expected).abs().max() < 1e-4 * expected.abs().max()


def test_normalisations_that_do_not_follow_their_convolution_are_not_folded(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("late.py").write_text(
        "from torch import nn\n"
        "class Late(nn.Module):\n"
        "    def __init__(self):\n"
        "        super().__init__()\n"
        "        self.conv, self.norm = nn.Conv2d(3, 10, 3), nn.BatchNorm2d(10)\n"
        "    def forward(self, x):\n"
        "        return self.norm(self.conv(x).relu()).mean((2, 3))\n"
    )
    network, classifier = saved("late:Late", tmp_path)
    images = torch.rand(2, 3, 32, 32)
    with torch.no_grad():
        torch.testing.assert_close(classifier(images), network((images - 0.5) / 0.5))
    assert classifier.features_of(images).head is not None


def test_the_code_of_a_network_of_one_s_own_is_part_of_what_identifies_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "from torch import nn\ndef net(num_classes, width_mult):\n    return nn.Flatten()\n"
    raw = {"model": {"name": "mynet.small:net", "weights": "demo"}}
    Path("mynet").mkdir()
    for text in (code, code + "# edited\n"):
        Path("mynet/small.py").write_text(text)
        found = model_identity(load_study(raw))
        assert found.code_sha256 == hashlib.sha256(text.encode()).hexdigest()
    Path("mynet/small.py").write_text(code)
    with pytest.raises(ModelError, match=r"small.py has sha256 \w+, not"):
        build(found)
    raw["model"]["code_sha256"] = found.code_sha256
    with pytest.raises(ConfigError, match="take the right file or correct the configuration"):
        model_identity(load_study(raw))
    raw["model"]["code_sha256"] = None
    assert isinstance(build(load_study(raw).model), torch.nn.Flatten)


def test_weights_of_googlenet_by_name_need_the_range_of_their_training():
    options = {"name": "googlenet", "weights": "IMAGENET1K_V1", "width_mult": 1.0}
    assert ModelConfig(**options).mean == [0.5] * 3
    with pytest.raises(ValueError, match="take images from -1 to 1"):
        ModelConfig(**options, std=[0.2] * 3)


@pytest.mark.parametrize("padding", ["torch", "same"])
def test_padding_decides_the_logits(padding, resnet18):
    classifier = load_classifier(config("resnet18", resnet18, padding=padding))
    images = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        logits, expected = classifier(images), random_network("resnet18")((images - 0.5) / 0.5)
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


def test_pooling_other_than_the_mean_is_found_out(resnet18):
    classifier = load_classifier(config("resnet18", resnet18))
    classifier.network.avgpool = torch.nn.AdaptiveMaxPool2d(1)
    features = classifier.features_of(torch.rand(1, 3, 64, 64))
    assert (features.head, features.place.module) == (None, "layer4")
