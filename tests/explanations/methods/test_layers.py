"""Methods on the feature maps of a layer, against their papers' formulas by autograd alone."""

import pytest
import torch
from torch.nn.functional import interpolate

from ssimball.config.explanation import (
    CamConfig,
    GradCamConfig,
    GradCamPlusPlusConfig,
    LayerCamConfig,
    ScoreCamConfig,
)
from ssimball.errors import ConfigError

CLASSES = torch.tensor([3, 7])
WITH_GRADIENT = (GradCamConfig, GradCamPlusPlusConfig, LayerCamConfig)


def features_and_gradient(classifier, layer, images, classes):
    """f and d logit / d f, by adding zeros to what the layer gives."""
    zeros, kept = [], []

    def add(_module, _inputs, output):
        zeros.append(torch.zeros_like(output, requires_grad=True))
        kept.append(output.detach().clone())
        return output + zeros[0]

    handle = classifier.network.get_submodule(layer).register_forward_hook(add)
    try:
        logits = classifier(images)
    finally:
        handle.remove()
    own = logits[torch.arange(len(images)), classes].sum()
    (gradient,) = torch.autograd.grad(own, zeros[0])
    return kept[0], gradient


def by_formula(kind, f, g):
    if kind is GradCamConfig:
        return (g.mean((2, 3), keepdim=True) * f).sum(1)
    if kind is LayerCamConfig:
        return (g.relu() * f).sum(1)
    # Numerator and denominator of equation 19 over g squared, which leaves 0 / 0 where g = 0.
    alpha = 1 / (2 + g * f.sum((2, 3), keepdim=True))
    return ((alpha * g.relu()).sum((2, 3), keepdim=True) * f).sum(1)


@pytest.mark.parametrize("layer", ["features", "features.14", "features.18.1"])
@pytest.mark.parametrize("kind", WITH_GRADIENT)
def test_maps_are_those_of_the_formula(kind, layer, exact_classifier, images, explain):
    """Activations of features.18.1 have both signs, and a ReLU works on them in place."""
    f, g = features_and_gradient(exact_classifier, layer, images, CLASSES)
    found = explain(kind(layer=layer), exact_classifier, images, CLASSES)
    expected = by_formula(kind, f, g)
    size = float(expected.abs().max())
    torch.testing.assert_close(found.maps.double(), expected, rtol=1e-3, atol=1e-4 * size)
    assert float(found.maps.min()) < 0 or kind is LayerCamConfig or layer == "features"


@pytest.mark.parametrize("network", ["exact_classifier", "resnet"])
def test_grad_cam_of_the_last_layer_is_the_cam_over_its_cells(network, request, images, explain):
    classifier = request.getfixturevalue(network)
    cam = explain(CamConfig(), classifier, images, CLASSES)
    found = explain(GradCamConfig(), classifier, images, CLASSES)
    cells = cam.maps[0].numel()
    torch.testing.assert_close(found.maps * cells, cam.maps, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(found.logits, cam.logits)
    assert found.biases is None


@pytest.mark.parametrize("kind", [*WITH_GRADIENT, ScoreCamConfig])
def test_no_map_depends_on_the_batch_and_no_hook_stays(kind, resnet, images, explain):
    small = images[..., :64, :64]
    settings = kind(layer="layer1.0.bn2") if kind is ScoreCamConfig else kind(layer="layer3")
    together = explain(settings, resnet, small, CLASSES)
    for i in range(2):
        alone = explain(settings, resnet, small[i : i + 1], CLASSES[i : i + 1])
        torch.testing.assert_close(alone.maps[0], together.maps[i], rtol=1e-4, atol=1e-6)
    assert not any(module._forward_hooks for module in resnet.modules())
    assert all(parameter.grad is None for parameter in resnet.parameters())


def test_score_cam_weighs_each_channel_by_the_logit_of_its_masked_image(
    demo_classifier, images, explain, capsys
):
    layer, image = "features.2", images[:1]
    found = explain(ScoreCamConfig(layer=layer), demo_classifier, image, CLASSES[:1])
    f, _ = features_and_gradient(demo_classifier, layer, image, CLASSES[:1])
    scores = []
    for channel in f[0]:
        large = interpolate(channel[None, None], size=(96, 64), mode="bilinear", align_corners=True)
        mask = (large - large.min()) / (large.max() - large.min()).clamp_min(1e-8)
        with torch.no_grad():
            scores.append(demo_classifier(image * mask)[0, 3])
    weights = torch.stack(scores).softmax(0)
    expected = (weights[:, None, None] * f[0]).sum(0)
    torch.testing.assert_close(found.maps[0], expected, rtol=1e-3, atol=1e-4)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ("featurs.14", "layer: the network has no module 'featurs.14'; did you mean 'features.14'"),
        ("nothing", "layer: the network has no module 'nothing'; known: features, features.0"),
        ("classifier.1", "layer: module 'classifier.1' gives an array of shape (2, 10)"),
    ],
)
def test_layers_that_cannot_be_are_refused_by_name(
    layer, message, demo_classifier, images, explain
):
    with pytest.raises(ConfigError) as caught:
        explain(GradCamConfig(layer=layer), demo_classifier, images, CLASSES)
    assert message in str(caught.value)
    assert not any(module._forward_hooks for module in demo_classifier.modules())


def test_a_layer_that_runs_twice_is_refused(resnet, images, explain):
    with pytest.raises(ConfigError, match=r"layer: module 'layer4.1.relu' runs 2 times"):
        explain(LayerCamConfig(layer="layer4.1.relu"), resnet, images, CLASSES)
