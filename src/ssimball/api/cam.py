"""Where a network looks: class activation maps of any network."""

from dataclasses import dataclass, replace
from typing import Any, Generic

from torch import Tensor, nn

from ssimball.api.inputs import ArrayT, Classes, Form, read_classes, read_images
from ssimball.api.network import Network, frozen, own_graph
from ssimball.errors import ConfigError, InputError
from ssimball.explanations.any_network import NetworkExplanation, check_layer, explain_network

#: What stands before the names of a network's modules where it is wrapped.
_INSIDE = "model."


@dataclass(frozen=True, repr=False)
class Cam(Generic[ArrayT]):
    """Maps of what speaks for one class in each image, raw: no ReLU, no scaling, no resizing.

    Attributes:
        maps: float64 (B, h, w) on the grid of the features; (h, w) for one image without a batch
            axis, and so for the other arrays.
        logits: logits of the explained classes, float64 (B,).
        classes: these classes, int64 (B,).
        exact: whether the mean of each map plus its bias is the logit, as for the class activation
            map of a network that ends in pooling and one linear layer.
        biases: the biases if exact, float64 (B,); otherwise None.
        method: ``cam`` where exact, otherwise ``grad_cam``.
        layer: the module whose feature maps were used.
    """

    maps: ArrayT
    logits: ArrayT
    classes: ArrayT
    exact: bool
    biases: ArrayT | None
    method: str
    layer: str

    def __repr__(self) -> str:
        """Return a summary in one line."""
        grid = " x ".join(str(side) for side in self.maps.shape[-2:])
        kind = "exact" if self.exact else "not exact"
        return f"<Cam: {self.method} of layer {self.layer!r}, {kind}, grid {grid}>"


def cam(
    model: nn.Module, images: ArrayT, labels: Classes | None = None, *, layer: str | None = None
) -> Cam[ArrayT]:
    """Return class activation maps of any network.

    They are exact where the network ends in global average pooling and one linear layer, or in a
    convolution of 1 x 1 and pooling; this is found by the network's own numbers. Elsewhere they are
    Grad-CAM of the last layer with feature maps on which the logit depends. ``exact``, ``method``
    and ``layer`` of the result say which.

    Examples:
        >>> import torch
        >>> features = torch.nn.Conv2d(3, 8, 3)
        >>> head = torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(8, 5)
        >>> maps = cam(torch.nn.Sequential(features, *head), torch.rand(2, 3, 16, 16))
        >>> maps
        <Cam: cam of layer '0', exact, grid 14 x 14>

    Args:
        model: as for :func:`ssimball.attack`.
        images: as for :func:`ssimball.attack`, of any size that the model takes.
        labels: the classes to explain, (B,); None for the predicted ones.
        layer: dotted name of a module for Grad-CAM, such as ``features.5``; None: chosen as above.

    Raises:
        InputError: an argument cannot be used, or there are no feature maps of more than one cell.
    """
    with own_graph() as default, frozen(model):
        batch, form = read_images(images)
        given = None
        if labels is not None:
            given = read_classes(labels, len(batch), batch.device, "labels")
        network = Network(model, default, labels=given)
        classes = network(batch).argmax(1) if given is None else given
        return _given_back(_explain(network, batch, classes, layer), classes, form)


def _given_back(found: NetworkExplanation, classes: Tensor, form: Form) -> Cam[Any]:
    explanation = found.explanation
    biases = explanation.biases
    return Cam(
        maps=form.numbers(explanation.maps),
        logits=form.numbers(explanation.logits),
        classes=form.numbers(classes),
        exact=found.method == "cam",
        biases=None if biases is None else form.numbers(biases),
        method=found.method,
        layer=found.layer,
    )


def _explain(
    network: Network, images: Tensor, classes: Tensor, layer: str | None
) -> NetworkExplanation:
    """Explain with names of layers as the caller knows them."""
    inside = None if layer is None else f"{_INSIDE}{layer}"
    try:
        check_layer(network.model, layer)
        found = explain_network(network, images, classes, inside)
    except ConfigError as error:
        raise InputError(str(error).replace(_INSIDE, "")) from None
    return replace(found, layer=found.layer.replace(_INSIDE, "", 1))
