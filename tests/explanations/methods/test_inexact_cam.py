"""The CAM of a network without an exact one is Grad-CAM, and is marked by a missing bias."""

import pytest
import torch
import torchvision

from ssimball.config.explanation import CamConfig
from ssimball.config.model import ModelConfig
from ssimball.explanations.any_network import explain_network
from ssimball.explanations.methods.cam import CamPass
from ssimball.models.classifier import Classifier


@pytest.fixture(scope="module")
def inexact():
    """A network that pools by the maximum."""
    torch.manual_seed(0)
    network = torchvision.models.resnet18(weights=None, num_classes=10).eval()
    network.avgpool = torch.nn.AdaptiveMaxPool2d(1)
    return Classifier(network, ModelConfig(name="resnet18", width_mult=1.0))


def test_maps_are_those_of_grad_cam(inexact, explain):
    images, classes = torch.rand(2, 3, 64, 96), torch.tensor([3, 7])
    found = explain(CamConfig(), inexact, images, classes)
    expected = explain_network(inexact.network, (images - 0.5) / 0.5, classes)
    assert (expected.method, expected.layer) == ("grad_cam", "layer4")
    torch.testing.assert_close(found.maps, expected.explanation.maps.float())
    torch.testing.assert_close(found.logits, expected.explanation.logits)
    assert found.biases is None


def test_the_map_of_a_mixture_is_the_mixture_of_maps(inexact, demo_classifier):
    """Grad-CAM and CAM are linear in the logits."""
    images = torch.rand(1, 3, 64, 64)
    for classifier in (inexact, demo_classifier):
        run, one_hot = CamPass.of(classifier, images), torch.eye(10)
        mean = sum(run.maps(one) for one in one_hot[:, None]) / 10
        torch.testing.assert_close(run.maps(one_hot.mean(0)[None]), mean, rtol=1e-5, atol=1e-6)
