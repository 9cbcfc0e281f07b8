"""Choose, in any network, the feature maps of its class activation maps.

They are those whose means give the logits, where there are such: then the map is exact. Elsewhere
they are the last ones on whose cells the logit depends, for Grad-CAM.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ssimball.errors import ConfigError
from ssimball.models.cam_head import CamHead, equal, find_cam_head, head_weights, spatial_grids
from ssimball.models.feature_maps import Layout, layouts
from ssimball.models.tracing import Place, Trace, trace

#: Layers whose outputs are no features of their own: projections, and the pooling before a head.
_NO_FEATURES = (nn.Linear, nn.AvgPool2d, nn.AdaptiveAvgPool2d)
#: Images on which a head must give the logits.
_PROBES = 3


@dataclass(frozen=True)
class Head:
    """What makes logits of the means of feature maps.

    Attributes:
        weight: (classes, K).
        bias: (classes,).
    """

    weight: Tensor
    bias: Tensor


@dataclass(frozen=True)
class Features:
    """The feature maps of a network's class activation maps.

    Attributes:
        place: where they are in the network.
        layout: how their tensor holds them.
        head: makes the logits of their means; None where there is no exact class activation map.
    """

    place: Place
    layout: Layout
    head: Head | None = None


def probe_images(size: torch.Size, device: torch.device) -> Tensor:
    """Return images of noise, always the same, (3, 3, H, W) in [0, 1]."""
    random = torch.Generator().manual_seed(0)
    return torch.rand((_PROBES, 3, *size), generator=random).to(device)


def find_features(network: nn.Module, images: Tensor) -> Features:
    """Return the feature maps of a network's class activation maps.

    Args:
        network: in evaluation mode.
        images: (B, C, H, W) as the network gets them, of which the first decides the place; on all
            of them a head must give the logits.

    Raises:
        ConfigError: no layer has feature maps of more than one cell that the logit depends on.
    """
    found = find_cam_head(network, images[:1])
    if found is not None and (head := _verified(network, images, found)) is not None:
        return Features(found.place, found.layout, head)
    place, layout = last_features(network, images[:1])
    return Features(place, layout)


@torch.no_grad()
def _verified(network: nn.Module, images: Tensor, found: CamHead) -> Head | None:
    """Return the weights of a head, if they give the logits of all images."""
    logits, tensors = trace(network, images, lambda name: name == found.place.module)
    features = found.layout.maps(tensors[found.place])
    if found.linear is None:
        head = Head(torch.eye(logits.shape[1]).to(logits), logits.new_zeros(logits.shape[1]))
    else:
        head = Head(*head_weights(network.get_submodule(found.linear)))
    rebuilt = features.double().mean((2, 3)) @ head.weight.double().mT + head.bias.double()
    return head if equal(rebuilt, logits, features.dtype) else None


@torch.enable_grad()
def last_features(
    network: nn.Module, image: Tensor, label: Tensor | None = None, layer: str | None = None
) -> tuple[Place, Layout]:
    """Return the feature maps of a layer, or the last ones on whose cells the logit depends.

    Args:
        network: in evaluation mode.
        image: (1, C, H, W).
        label: the class of the logit, int64 (1,); None: the predicted one.
        layer: dotted name of the layer; None: the last that fits.

    Raises:
        ConfigError: there are no such feature maps of more than one cell.
    """
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
    index = logits.argmax(1) if label is None else label
    logit = logits.gather(1, index[:, None]).sum()
    gradients = _gradients(logit, found, list(candidates))
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
    gradients = torch.autograd.grad(logit, tensors, allow_unused=True)
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
