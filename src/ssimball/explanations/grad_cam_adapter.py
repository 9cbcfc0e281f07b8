"""The methods of the library pytorch-grad-cam, without what it does to a map at the end."""

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


def explained(
    kind: type[BaseCAM], classifier: Classifier, images: Tensor, classes: Tensor, layer: str | None
) -> Explanation:
    """Maps of a method of the library before its ReLU, its scaling to [0, 1] and its resizing.

    Args:
        kind: the method's class in the library.
        layer: see :meth:`Classifier.layer`.

    Raises:
        ConfigError: there is no such layer, or it gives no feature maps.
    """
    module = classifier.layer(layer)
    # A copy of what the layer gives, because the layers after it may work in place.
    method = kind(classifier, [module], reshape_transform=torch.clone)
    images = images.detach().to(classifier.mean.dtype)
    try:
        logits, features, gradients = _passes(method, images, classes, layer)
    finally:
        method.activations_and_grads.release()
    targets = [ClassifierOutputTarget(int(number)) for number in classes]
    maps = method.get_cam_image(images, module, targets, features, gradients, False)
    return Explanation(torch.from_numpy(np.float32(maps)).to(images.device), logits)


def _passes(
    method: Any, images: Tensor, classes: Tensor, layer: str | None
) -> tuple[Tensor, Array, Array | None]:
    """Logits of the classes, feature maps, and the logits' gradient for them where it is used."""
    record = method.activations_and_grads
    logits = logit_of(record(images.requires_grad_(method.uses_gradients)), classes)
    _check_maps(record.activations, layer)
    features = record.activations[0].numpy()
    if not method.uses_gradients:
        return logits.detach().double(), features, None
    torch.autograd.grad(logits.sum(), images)
    gradients = record.gradients[0].numpy()
    images.requires_grad_(False)
    # The maps do not change when one is divided and the other multiplied by the same number, but
    # the library's Grad-CAM++ adds 1e-6 to a denominator that is of the gradient's square.
    size = np.abs(gradients).max(axis=(1, 2, 3), keepdims=True)
    size[size == 0] = 1
    return logits.detach().double(), features * size, gradients / size


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
