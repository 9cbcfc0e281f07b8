"""Train the demo's classifier, a narrow MobileNetV2, on generated scenes.

All randomness is seeded: one machine with one set of package versions always gives the same
weights, bit for bit.
"""

import hashlib
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, TextIO

import numpy as np
import safetensors.torch
import torch
from torch import Tensor, nn
from torchvision.models import MobileNetV2

from ssimball.datasets.demo.scenes import CLASS_NAMES, render_scene
from ssimball.models.scene_batches import (
    augmented,
    network_input,
    render_training_set,
    reproducible,
)
from ssimball.models.scene_fitting import Schedule, Step, fit

# The number of threads decides the order of a layer's sums, so it is part of the recipe.
_THREADS = 2
_PACKAGES = ("numpy", "safetensors", "torch", "torchvision")
_EVALUATION_BATCH = 50


@dataclass(frozen=True)
class TrainingSettings(Schedule):
    """Everything the weights depend on, besides the package versions; see also :class:`Schedule`.

    Attributes:
        seed: of the scenes, the initial weights and the augmentation.
        width_mult: width multiplier of MobileNetV2.
        train_scenes: scenes of the training split.
        validation_scenes: scenes of the validation split.
        label_smoothing: of the cross-entropy.
    """

    seed: int = 0
    width_mult: float = 0.25
    train_scenes: int = 4000
    validation_scenes: int = 1000
    epochs: int = 10
    full_size_epochs: int = 3
    crop: int = 160
    batch_size: int = 32
    learning_rate: float = 0.006
    weight_decay: float = 0.05
    label_smoothing: float = 0.05


@dataclass(frozen=True)
class TrainedModel:
    """A trained network.

    Attributes:
        state_dict: weights by the keys of torchvision's MobileNetV2.
        record: settings, package versions, quality and sha256, as JSON values.
    """

    state_dict: dict[str, Tensor]
    record: dict[str, Any]


@dataclass(frozen=True)
class Quality:
    """How well a network classifies and localises; both values are in [0, 1].

    Attributes:
        top1: accuracy over all scenes.
        peak_inside: share of the correctly classified scenes whose class activation map of the true
            class, resized bilinearly to the image, has its maximum on a pixel of the object.
    """

    top1: float
    peak_inside: float


def train_demo_model(settings: TrainingSettings, progress: TextIO | None = None) -> TrainedModel:
    """Train on the training split and measure the final weights on the validation split.

    Args:
        settings: sizes, schedule and seed.
        progress: where a progress bar is written; none by default.
    """
    with reproducible(settings.seed, _THREADS):
        images, labels = render_training_set(settings.seed, settings.train_scenes, progress)
        model = MobileNetV2(num_classes=len(CLASS_NAMES), width_mult=settings.width_mult)

        def loss(step: Step) -> Tensor:
            logits = model(augmented(images[step.chosen], step.size))
            return nn.functional.cross_entropy(
                logits, labels[step.chosen], label_smoothing=settings.label_smoothing
            )

        fit(model.train(), images, settings, loss, progress)
        quality = measure_quality(model, settings.seed, settings.validation_scenes)
    return recorded(model, settings, **asdict(quality))


def recorded(model: MobileNetV2, settings: Schedule, **measured: Any) -> TrainedModel:
    """Return a trained network with its record.

    Args:
        model: the network.
        settings: of the training.
        measured: further entries of the record.
    """
    state = {name: value.contiguous() for name, value in model.state_dict().items()}
    record = {
        "settings": asdict(settings),
        "packages": {name: version(name) for name in _PACKAGES},
        "classes": CLASS_NAMES,
        **measured,
        "sha256": hashlib.sha256(weights_file(state)).hexdigest(),
    }
    return TrainedModel(state, record)


def weights_file(state_dict: dict[str, Tensor]) -> bytes:
    """Return the checkpoint's bytes (safetensors); the record's sha256 is taken over them."""
    return safetensors.torch.save(state_dict)


def measure_quality(model: MobileNetV2, seed: int, scenes: int) -> Quality:
    """Measure accuracy and CAM localisation on the first scenes of the validation split.

    The map of class c is sum_k w[c, k] f[k] over the last feature maps f (Zhou et al. 2016,
    equation 2). The model is left in evaluation mode.

    Args:
        model: the network.
        seed: of the scenes.
        scenes: how many to look at.
    """
    model.eval()
    correct = inside = 0
    for start in range(0, scenes, _EVALUATION_BATCH):
        indices = range(start, min(start + _EVALUATION_BATCH, scenes))
        batch = [render_scene(seed, index, "validation") for index in indices]
        images = torch.from_numpy(np.stack([scene.rgb for scene in batch]))
        logits, maps = _logits_and_maps(model, network_input(images))
        for scene, logit, class_maps in zip(batch, logits, maps, strict=True):
            if int(logit.argmax()) == scene.label:
                correct += 1
                inside += bool(scene.mask.flat[int(class_maps[scene.label].argmax())])
    return Quality(correct / scenes, inside / max(correct, 1))


@torch.no_grad()
def _logits_and_maps(model: MobileNetV2, x: Tensor) -> tuple[Tensor, Tensor]:
    """Return logits (B, 10) and class activation maps (B, 10, H, W) at the resolution of ``x``."""
    features = model.features(x)
    logits = model.classifier(features.mean(dim=(2, 3)))
    maps = torch.einsum("ck,bkhw->bchw", model.classifier[1].weight, features)
    return logits, nn.functional.interpolate(maps, size=x.shape[2:], mode="bilinear")
