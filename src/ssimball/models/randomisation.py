"""Draw the weights of a network's last layers anew: the model randomisation test.

An explanation, or a perturbation, that stays the same when the learned weights are gone is not
about what was learned (Adebayo et al. 2018, "Sanity checks for saliency maps"). The cascade starts
at the head and goes down, layer by layer.
"""

from typing import Literal

import torch
from torch import nn

from ssimball.errors import ModelError
from ssimball.runtime.randomness import generator

#: Number of last layers with random weights; every layer for ``all``.
Layers = int | Literal["all"]


@torch.no_grad()
def randomise(network: nn.Module, layers: Layers, seed: int) -> None:
    """Draw the weights of the last layers of a network anew, in place.

    A layer is a convolution or a linear layer, in the order in which the network lists them. Its
    weights become normal with variance 2 over the number of values that enter an output (He et al.
    2015), its bias 0. The batch normalisation that follows it becomes the identity, as before
    training. A layer gets the same weights however many layers are drawn.

    Args:
        network: a network in evaluation mode.
        layers: number of layers, counted from the head; 0: none.
        seed: seed of the weights.

    Raises:
        ModelError: the network has fewer layers.
    """
    blocks = _blocks(network)
    count = len(blocks) if layers == "all" else layers
    if count > len(blocks):
        raise ModelError(
            f"model.randomised_layers: {layers} is more than the network's {len(blocks)} layers "
            "with weights; lower it, or set it to all"
        )
    for depth, (layer, norm) in enumerate(reversed(blocks[len(blocks) - count :])):
        _draw(layer, seed, depth)
        if norm is not None:
            norm.reset_running_stats()
            norm.reset_parameters()


def _blocks(network: nn.Module) -> list[tuple[nn.Module, nn.BatchNorm2d | None]]:
    """Return the layers with weights, from input to head, each with its normalisation."""
    blocks: list[tuple[nn.Module, nn.BatchNorm2d | None]] = []
    for module in network.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            blocks.append((module, None))
        elif isinstance(module, nn.BatchNorm2d) and blocks:
            blocks[-1] = (blocks[-1][0], module)
    return blocks


def _draw(layer: nn.Module, seed: int, depth: int) -> None:
    weight = layer.weight
    assert isinstance(weight, torch.Tensor)
    rng = generator(seed, "randomised layer", str(depth))
    # The first axis lists the outputs; the others lead to one output.
    deviation = (2 / weight[0].numel()) ** 0.5
    weight.copy_(torch.from_numpy(deviation * rng.standard_normal(tuple(weight.shape))))
    if isinstance(layer.bias, torch.Tensor):
        layer.bias.zero_()
