"""Find, in any network, the feature maps whose mean decides: the head of a class activation map.

A network has an exact class activation map (Zhou et al. 2016) if its logits are a linear function
of the means of feature maps. That is found by numbers, not by names: the logits are the output of
the last linear layer (or convolution of 1 x 1), and its input is the mean of some feature maps. Or
the logits are themselves means of maps, as where pooling follows a convolution of 1 x 1.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ssimball.models.feature_maps import Layout, layouts
from ssimball.models.tracing import Place, Trace, trace

#: Differences, relative to the largest value, below which two results count as the same, by type.
_TOLERANCE = {torch.float64: 1e-9, torch.float32: 1e-4, torch.bfloat16: 2e-2, torch.float16: 3e-3}


@dataclass(frozen=True)
class CamHead:
    """Where a network's logits come from.

    Attributes:
        place: the feature maps.
        layout: how their tensor holds them.
        linear: name of the linear layer that gets their means; None where their means are the
            logits.
    """

    place: Place
    layout: Layout
    linear: str | None


@torch.no_grad()
def find_cam_head(network: nn.Module, image: Tensor) -> CamHead | None:
    """Return the head of a network that has an exact class activation map; None for any other.

    Args:
        network: in evaluation mode.
        image: (1, C, H, W), one of those to explain; the features must have more than one cell.
    """
    logits, found = trace(network, image)
    size = (image.shape[-2], image.shape[-1])
    linear = _last_linear(network, logits, found)
    if linear is not None:
        vector = found[Place(linear.module, linear.call, True)].reshape(1, -1)
        pooled = _pooled_into(vector, found, size)
        if pooled is not None:
            return CamHead(*pooled, linear.module)
    pooled = _pooled_into(logits, found, size)
    return None if pooled is None else CamHead(*pooled, None)


def equal(first: Tensor, second: Tensor, dtype: torch.dtype) -> bool:
    """Return whether two tensors are equal up to the rounding of a type."""
    a, b = first.double(), second.double()
    return bool((a - b).abs().max() <= _TOLERANCE[dtype] * b.abs().max())


def head_weights(layer: nn.Module) -> tuple[Tensor, Tensor]:
    """Return weights (classes, K) and biases (classes,) of a linear layer or 1 x 1 convolution."""
    assert isinstance(layer, nn.Linear | nn.Conv2d)
    weight = layer.weight.detach().flatten(1)
    bias = weight.new_zeros(len(weight)) if layer.bias is None else layer.bias.detach()
    return weight, bias


def spatial_grids(found: Trace) -> list[tuple[int, int]]:
    """Return the grids of all tensors (B, K, h, w), which tokens may have been made of."""
    return [(t.shape[2], t.shape[3]) for t in found.values() if t.ndim == 4]


def _last_linear(network: nn.Module, logits: Tensor, found: Trace) -> Place | None:
    """Return the last call of a linear layer whose output is the logits."""
    for place in reversed(found):
        layer, output = network.get_submodule(place.module), found[place]
        single = isinstance(layer, nn.Conv2d) and tuple(output.shape[2:]) == (1, 1)
        if place.is_input or not (isinstance(layer, nn.Linear) or single):
            continue
        if output.numel() == logits.numel() and equal(
            output.reshape(logits.shape), logits, output.dtype
        ):
            return place
    return None


def _pooled_into(
    vector: Tensor, found: Trace, size: tuple[int, int]
) -> tuple[Place, Layout] | None:
    """Return the last feature maps whose means are a vector (1, K); outputs before inputs."""
    grids = spatial_grids(found)
    for is_input in (False, True):
        for place in reversed(found):
            tensor = found[place]
            if place.is_input != is_input or not tensor.is_floating_point():
                continue
            for layout in layouts(tensor, size, grids):
                means = layout.maps(tensor).double().mean((2, 3))
                if means.shape == vector.shape and equal(means, vector, tensor.dtype):
                    return place, layout
    return None
