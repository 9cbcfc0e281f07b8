"""Methods of the library pytorch-grad-cam, without its post-processing of the maps."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pytorch_grad_cam.base_cam import BaseCAM
from pytorch_grad_cam.utils.model_targets import ClassifierOutputTarget
from torch import Tensor

from ssimball.errors import ConfigError
from ssimball.explanations.interface import Explanation, logit_of
from ssimball.models.classifier import Classifier

Array = NDArray[np.float32]


def library_explanation(
    kind: type[BaseCAM], classifier: Classifier, images: Tensor, classes: Tensor, layer: str | None
) -> Explanation:
    """Compute a method's maps before the library's ReLU, scaling to [0, 1] and resizing.

    Args:
        kind: the method's class in the library.
        classifier: the network.
        images: float (B, 3, H, W) in [0, 1].
        classes: the class to explain on each image, int64 (B,).
        layer: dotted name of the layer whose feature maps are used; None for that of the CAM.

    Raises:
        ConfigError: there is no such layer, or its output is no feature maps.
    """
    name, layout = (layer, None) if layer else classifier.cam_layer(images)
    module = classifier.layer(name)

    def as_maps(output: Tensor) -> Tensor:
        # The layers after it may change its output in place, so the hook copies it.
        return (output if layout is None else layout.maps(output)).clone()

    method = kind(classifier, [module], reshape_transform=as_maps)
    images = images.detach().to(classifier.mean.dtype)
    try:
        logits, features, gradients = _forward_and_backward(method, images, classes, layer)
    finally:
        method.activations_and_grads.release()
    targets = [ClassifierOutputTarget(int(number)) for number in classes]
    maps = method.get_cam_image(images, module, targets, features, gradients, False)
    return Explanation(torch.from_numpy(np.float32(maps)).to(images.device), logits)


def _forward_and_backward(
    method: Any, images: Tensor, classes: Tensor, layer: str | None
) -> tuple[Tensor, Array, Array | None]:
    """Return the classes' logits, the feature maps, and, where used, their gradient."""
    record = method.activations_and_grads
    logits = logit_of(record(images.requires_grad_(method.uses_gradients)), classes)
    _check_maps(record.activations, layer)
    features = record.activations[0].numpy()
    if not method.uses_gradients:
        return logits.detach().double(), features, None
    torch.autograd.grad(logits.sum(), images)
    gradients = record.gradients[0].numpy()
    images.requires_grad_(False)
    # The library's Grad-CAM++ adds 1e-6 to a denominator of the order of the squared gradient,
    # which can be smaller. Gradients are therefore scaled to a maximum of 1, and features by the
    # inverse factor, which leaves the maps unchanged.
    scale = np.abs(gradients).max(axis=(1, 2, 3), keepdims=True)
    scale[scale == 0] = 1
    return logits.detach().double(), features * scale, gradients / scale


def _check_maps(outputs: Sequence[Tensor], layer: str | None) -> None:
    if len(outputs) != 1:
        raise ConfigError(
            f"layer: module {layer!r} runs {len(outputs)} times in a pass through the network; "
            "name one that runs once"
        )
    if outputs[0].ndim != 4:
        raise ConfigError(
            f"layer: module {layer!r} gives an array of shape {tuple(outputs[0].shape)}, no "
            "feature maps (B, K, h, w); name one before the pooling"
        )
