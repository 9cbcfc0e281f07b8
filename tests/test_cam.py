"""Class activation maps: with the bias they account for the logit exactly."""

import pytest
import torch
import torchvision

from ssimball.cam import class_activation
from ssimball.config.model import ModelConfig
from ssimball.models import Classifier
from ssimball.preprocessing import to_tensor


@pytest.fixture(scope="module")
def resnet():
    torch.manual_seed(0)
    network = torchvision.models.resnet18(weights=None, num_classes=10)
    torch.nn.init.normal_(network.fc.bias)
    return Classifier(network, "resnet", ModelConfig(name="resnet18", width_mult=1.0))


@pytest.mark.parametrize("network", ["demo_classifier", "resnet"])
def test_mean_of_the_map_plus_bias_is_the_logit(network, request, picture):
    classifier = request.getfixturevalue(network)
    images = torch.stack([torch.from_numpy(picture(n, (3, 224, 160))) for n in (0, 1)])
    labels = torch.tensor([3, 7])
    found = class_activation(classifier, images, labels)
    with torch.no_grad():
        logits = classifier(images)[torch.arange(2), labels].double()
    assert found.maps.shape == (2, 7, 5)
    torch.testing.assert_close(found.logits, logits)
    rebuilt = found.maps.double().mean((1, 2)) + found.biases
    torch.testing.assert_close(rebuilt, logits, rtol=1e-5, atol=1e-5)


def test_map_points_at_the_object(demo_classifier, scene):
    """Painting over the cell with the largest value lowers the logit more than the smallest."""
    image, label = to_tensor(scene)[None], torch.tensor([3])
    cells = class_activation(demo_classifier, image, label).maps[0]

    def logit_without(cell):
        row, column = divmod(int(cell), 7)
        covered = image.clone()
        covered[..., 32 * row : 32 * row + 32, 32 * column : 32 * column + 32] = 0.5
        return float(class_activation(demo_classifier, covered, label).logits)

    assert logit_without(cells.argmax()) < logit_without(cells.argmin())


def test_feature_hook_is_removed(demo_classifier, picture):
    images = torch.from_numpy(picture(0, (3, 64, 64)))[None]
    class_activation(demo_classifier, images, torch.tensor([0]))
    assert not any(module._forward_hooks for module in demo_classifier.modules())
