"""The networks of config/networks fit their weights, and classify what they should.

The photographs are those of ImageNet's classes that Foolbox ships.
"""

import os
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
import torch
import yaml

from ssimball.config.model import ModelConfig, PreprocessingConfig
from ssimball.datasets.interface import Image
from ssimball.datasets.preprocessing import preprocess
from ssimball.errors import ConfigError, ModelError
from ssimball.models.building import build
from ssimball.models.classifier import load_classifier
from ssimball.statistics.top1 import top1_warning
from ssimball.storage.images import to_tensor

OVERLAYS = sorted((Path(__file__).parents[2] / "config" / "networks").glob("*.yaml"))
#: Folders with files of weights, separated as in PATH.
FOLDERS = os.environ.get("SSIMBALL_NETWORKS", "").split(os.pathsep)
#: Correct ones of the 20 photographs, as counted when the networks were added. All networks reached
#: their expected share of 120 other photographs then.
CORRECT = {
    "efficientnet_lite0": 17,
    "efficientnet_lite1": 19,
    "efficientnet_lite2": 18,
    "mobilenet_edgetpu_tf": 16,
    "mobilenet_v1_tf": 17,
    "mobilenet_v2_tf": 18,
    "mobilenet_v2_torchvision": 18,
}


def settings_of(overlay):
    """Return the section ``model``, with its weights where they are; skip where they are not."""
    raw = yaml.safe_load(overlay.read_text())["model"]
    if raw["weights"].startswith("package:"):
        package = raw["weights"].removeprefix("package:").partition("/")[0]
        if find_spec(package) is None:
            pytest.skip(f"needs the Python package {package}")
        return ModelConfig(**raw)
    found = [path for each in FOLDERS if (path := Path(each) / raw["weights"]).is_file()]
    if not found:
        pytest.skip(f"needs {raw['weights']}: set SSIMBALL_NETWORKS to the folder that holds it")
    return ModelConfig(**{**raw, "weights": str(found[0])})


@pytest.fixture(scope="module")
def photographs():
    """Images, float (20, 3, 224, 224), and their labels."""
    paths = sorted(Path(str(files("foolbox") / "data")).glob("imagenet_*.jpg"))
    how = PreprocessingConfig(resize=256, crop=224)
    pixels = [Image(np.asarray(PIL.Image.open(path).convert("RGB"))) for path in paths]
    images = torch.stack([to_tensor(preprocess(image, how).rgb) for image in pixels])
    return images, torch.tensor([int(path.stem.split("_")[2]) for path in paths])


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.stem)
def test_a_published_network_classifies_photographs_and_has_an_exact_cam(overlay, photographs):
    """A pass through 20 photographs takes 2 to 4 s."""
    settings, (images, labels) = settings_of(overlay), photographs
    classifier = load_classifier(settings)
    with torch.no_grad():
        logits, tensor = classifier.logits_and_features(images)
    correct = int((logits.argmax(1) == labels).sum())
    # One image may be a close decision that another machine rounds differently.
    assert abs(correct - CORRECT[overlay.stem]) <= 1
    assert top1_warning(correct, len(images), settings.expected_top1, 1000) is None
    features = classifier.features_of(images)
    means = features.layout.maps(tensor).double().mean((2, 3))
    rebuilt = means @ features.head.weight.double().T + features.head.bias
    assert (rebuilt - logits).abs().max() < 1e-4 * logits.abs().max()


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda path: path.stem)
def test_a_published_network_can_be_built_without_its_weights(overlay):
    raw = yaml.safe_load(overlay.read_text())["model"]
    network = build(ModelConfig(**raw))
    with torch.no_grad():
        assert network(torch.zeros(1, 3, 64, 64)).shape == (1, 1000)


def test_weights_by_order_need_the_shapes_of_the_network(tmp_path):
    network = torch.nn.Sequential(torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8))
    torch.save(network.state_dict(), tmp_path / "other.pth")
    settings = {"name": "resnet18", "width_mult": 1.0, "weights_by": "order"}
    with pytest.raises(ModelError, match=r"0\.weight is 8 x 3 x 3 x 3 in place of 64 x 3 x 7 x 7"):
        load_classifier(ModelConfig(**settings, weights=str(tmp_path / "other.pth")))


def test_weights_by_order_are_those_by_name(tmp_path):
    network = build(ModelConfig(name="timm/tf_efficientnet_lite0", width_mult=1.0))
    state = network.state_dict()
    renamed = {f"layer{number}": tensor for number, tensor in enumerate(state.values())}
    kept = {name: tensor for name, tensor in renamed.items() if tensor.ndim}
    torch.save(kept, tmp_path / "renamed.pth")
    torch.save(state, tmp_path / "named.pth")
    images, options = torch.rand(1, 3, 64, 64), {"name": "timm/tf_efficientnet_lite0"}
    logits = [
        load_classifier(
            ModelConfig(**options, width_mult=1.0, weights=str(tmp_path / file), weights_by=how)
        )(images)
        for file, how in (("renamed.pth", "order"), ("named.pth", "name"))
    ]
    assert torch.equal(*logits)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ("package:no_such_package/w.pth", "'no_such_package' is not installed; install it "),
        ("package:foolbox/data/w.pth", "'foolbox' has no file 'data/w.pth'; correct the path"),
    ],
)
def test_weights_in_a_package_that_is_not_there(weights, message):
    with pytest.raises(ConfigError, match=message):
        _ = ModelConfig(weights=weights).weights_file
