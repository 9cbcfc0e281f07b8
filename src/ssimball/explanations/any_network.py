"""Class activation maps of any network: exact where its structure gives one, or else Grad-CAM."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ssimball.config.messages import suggestion
from ssimball.errors import ConfigError
from ssimball.explanations.interface import Explanation, logit_of
from ssimball.explanations.methods.cam import class_activation_maps
from ssimball.models.cam_head import CamHead, equal, find_cam_head, head_weights, spatial_grids
from ssimball.models.feature_maps import Layout, layouts
from ssimball.models.tracing import Place, Trace, trace

#: Layers whose outputs are no features of their own: projections, and the pooling before a head.
_NO_FEATURES = (nn.Linear, nn.AvgPool2d, nn.AdaptiveAvgPool2d)


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
        layer: dotted name of the layer for Grad-CAM; None: chosen by itself.

    Raises:
        ConfigError: there is no such layer, or no layer has feature maps that the logit depends on.
    """
    _check_layer(network, layer)
    head = find_cam_head(network, images[:1])
    if head is not None and layer in (None, str(head.place)):
        explanation = _exact(network, images, classes, head)
        if explanation is not None:
            return NetworkExplanation(explanation, "cam", str(head.place))
    place, layout = _features(network, images[:1], classes[:1], layer)
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


def _check_layer(network: nn.Module, layer: str | None) -> None:
    names = [name for name, _ in network.named_modules() if name]
    if layer is not None and layer not in names:
        hint = suggestion(layer, names)
        raise ConfigError(f"layer: the network has no module {layer!r}; {hint}")


def _features(
    network: nn.Module, image: Tensor, label: Tensor, layer: str | None
) -> tuple[Place, Layout]:
    """Return the named feature maps, or the last ones on whose cells the logit depends."""
    x = image.detach().clone().requires_grad_(True)
    logits, found = trace(network, x)
    size, grids = (image.shape[-2], image.shape[-1]), spatial_grids(found)
    candidates: dict[Place, Layout] = {}
    for place, tensor in found.items():
        is_wanted = not place.is_input and layer in (None, place.module)
        is_feature = layer is not None or not _has_no_features(network, place)
        fitting = layouts(tensor, size, grids) if is_wanted and is_feature else []
        if fitting and tensor.requires_grad:
            candidates[place] = fitting[0]
    gradients = _gradients(logit_of(logits, label), found, list(candidates))
    for place in reversed(candidates):
        gradient = gradients[place]
        if gradient is not None and bool(candidates[place].maps(gradient).any()):
            return place, candidates[place]
    raise ConfigError(_no_features(layer, found, size))


def _has_no_features(network: nn.Module, place: Place) -> bool:
    return isinstance(network.get_submodule(place.module), _NO_FEATURES)


def _gradients(logit: Tensor, found: Trace, places: list[Place]) -> dict[Place, Tensor | None]:
    if not places:
        return {}
    tensors = [found[place] for place in places]
    gradients = torch.autograd.grad(logit.sum(), tensors, allow_unused=True)
    return dict(zip(places, gradients, strict=True))


def _no_features(layer: str | None, found: Trace, size: tuple[int, int]) -> str:
    of_size = f"on images of {size[0]} x {size[1]}"
    if layer is None:
        return f"layer: {of_size}, no layer has feature maps on whose cells the logit depends"
    shapes = [tuple(tensor.shape) for place, tensor in found.items() if place.module == layer]
    what = f"gives {shapes[-1]}" if shapes else "does not run"
    return (
        f"layer: {of_size}, {layer!r} {what}; name one with feature maps of more than one cell on "
        "which the logit depends"
    )
