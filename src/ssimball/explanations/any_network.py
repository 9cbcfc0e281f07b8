"""Class activation maps of any network: exact where its structure gives one, or else Grad-CAM."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ssimball.config.messages import suggestion
from ssimball.errors import ConfigError
from ssimball.explanations.interface import Explanation, logit_of
from ssimball.explanations.methods.cam import class_activation_maps
from ssimball.models.cam_features import last_features
from ssimball.models.cam_head import CamHead, equal, find_cam_head, head_weights
from ssimball.models.feature_maps import Layout
from ssimball.models.tracing import Place, trace


@dataclass(frozen=True)
class NetworkExplanation:
    """Maps of one class per image, and how they were made.

    Attributes:
        explanation: the maps, logits and biases.
        method: ``cam`` or ``grad_cam``.
        layer: where the feature maps are in the network.
    """

    explanation: Explanation
    method: str
    layer: str


def explain_network(
    network: nn.Module, images: Tensor, classes: Tensor, layer: str | None = None
) -> NetworkExplanation:
    """Explain one class of each image by a network of any structure.

    The exact class activation map is used where :func:`find_cam_head` finds it and the mean of
    every map plus bias is the logit. Otherwise Grad-CAM (Selvaraju et al. 2017) without its final
    ReLU, of the given layer or of the last one on whose cells the logit depends.

    Args:
        network: in evaluation mode.
        images: (B, C, H, W) in the type of the network.
        classes: int64 (B,).
        layer: dotted name of a layer that it has, for Grad-CAM; None: chosen by itself.

    Raises:
        ConfigError: the layer, or else every layer, has no feature maps that the logit depends on.
    """
    head = find_cam_head(network, images[:1])
    if head is not None and layer in (None, str(head.place)):
        explanation = _exact(network, images, classes, head)
        if explanation is not None:
            return NetworkExplanation(explanation, "cam", str(head.place))
    place, layout = last_features(network, images[:1], classes[:1], layer)
    explanation = _grad_cam(network, images, classes, place, layout)
    return NetworkExplanation(explanation, "grad_cam", str(place))


@torch.no_grad()
def _exact(
    network: nn.Module, images: Tensor, classes: Tensor, head: CamHead
) -> Explanation | None:
    """Return the class activation maps; None if the mean of a map plus bias is not the logit."""
    logits, found = trace(network, images, lambda name: name == head.place.module)
    features = head.layout.maps(found[head.place])
    means, dtype = features.double().mean((2, 3)), features.dtype
    if head.linear is None:
        rebuilt, maps = means, features[torch.arange(len(images)), classes].double()
        biases = means.new_zeros(len(images))
    else:
        weight, bias = (t.double() for t in head_weights(network.get_submodule(head.linear)))
        rebuilt, maps = means @ weight.mT + bias, class_activation_maps(features, weight[classes])
        biases = bias[classes]
    if not equal(rebuilt, logits, dtype):
        return None
    return Explanation(maps, logit_of(logits, classes).double(), biases)


def _grad_cam(
    network: nn.Module, images: Tensor, classes: Tensor, place: Place, layout: Layout
) -> Explanation:
    """Weight feature maps by their mean gradient over the cells (the paper's equations 1, 2)."""
    x = images.detach().clone().requires_grad_(True)
    logits, found = trace(network, x, lambda name: name == place.module)
    chosen = logit_of(logits, classes)
    (gradient,) = torch.autograd.grad(chosen.sum(), found[place])
    features = layout.maps(found[place].detach())
    maps = class_activation_maps(features, layout.maps(gradient).double().mean((2, 3)))
    return Explanation(maps, chosen.detach().double())


def check_layer(network: nn.Module, layer: str | None) -> None:
    """Refuse a layer that a network does not have.

    Raises:
        ConfigError: naming the nearest one.
    """
    names = [name for name, _ in network.named_modules() if name]
    if layer is not None and layer not in names:
        hint = suggestion(layer, names)
        raise ConfigError(f"layer: the network has no module {layer!r}; {hint}")
