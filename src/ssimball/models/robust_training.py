"""Train the demo's classifier again, on PGD examples of its scenes (Madry et al. 2018).

Training starts from the shipped ordinary network. All randomness is seeded: one machine with one
set of package versions always gives the same weights, bit for bit.
"""

import hashlib
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import TextIO

import safetensors.torch
from torch import Tensor, nn
from torchvision.models import MobileNetV2

from ssimball.datasets.demo.scenes import CLASS_NAMES
from ssimball.models.demo_training import (
    TrainedModel,
    TrainingSettings,
    measure_quality,
    recorded,
)
from ssimball.models.robust_accuracy import measure_robustness, perturbed
from ssimball.models.scene_batches import augmented, render_training_set, reproducible
from ssimball.models.scene_fitting import Schedule, Step, fit

# One thread: two gain little at this size, and their number is part of the recipe.
_THREADS = 1


@dataclass(frozen=True)
class RobustTrainingSettings(Schedule):
    """Everything the weights depend on, besides the start and the package versions.

    See also :class:`Schedule`.

    Attributes:
        seed: of the scenes, the augmentation and the examples.
        train_scenes: scenes of the training split.
        validation_scenes: scenes of the validation split for accuracy without an attack.
        attacked_scenes: the first of them, for accuracy under PGD.
        epsilon: l-infinity radius of the examples, in grey levels of 255.
        ramp: share of all steps over which the radius grows from 0 to ``epsilon``.
        pgd_steps: gradient steps for an example, from a random start.
        relative_step_size: step size over the radius.
        evaluation_steps: gradient steps of the PGD that measures accuracy.
    """

    seed: int = 0
    train_scenes: int = 2000
    validation_scenes: int = 500
    attacked_scenes: int = 100
    epochs: int = 2
    full_size_epochs: int = 0
    crop: int = 160
    batch_size: int = 16
    learning_rate: float = 0.002
    weight_decay: float = 0.05
    epsilon: float = 8.0
    ramp: float = 0.4
    pgd_steps: int = 3
    relative_step_size: float = 0.5
    evaluation_steps: int = 20


def train_robust_model(
    settings: RobustTrainingSettings, progress: TextIO | None = None
) -> TrainedModel:
    """Train on attacked scenes of the training split; measure on the validation split.

    Args:
        settings: sizes, schedule, seed and attack.
        progress: where a progress bar is written; none by default.
    """
    with reproducible(settings.seed, _THREADS):
        model, start = ordinary_model()
        images, labels = render_training_set(settings.seed, settings.train_scenes, progress)
        _fit(model, images, labels, settings, progress)
        quality = {"ordinary": _quality(ordinary_model()[0], settings)}
        quality["robust"] = _quality(model, settings)
    return recorded(model, settings, start_sha256=start, **quality)


def ordinary_model() -> tuple[MobileNetV2, str]:
    """Return the demo's shipped classifier and the sha256 of its weights."""
    content = (files("ssimball") / "models" / "demo_model.safetensors").read_bytes()
    model = MobileNetV2(num_classes=len(CLASS_NAMES), width_mult=TrainingSettings().width_mult)
    model.load_state_dict(safetensors.torch.load(content))
    return model, hashlib.sha256(content).hexdigest()


def _quality(model: MobileNetV2, settings: RobustTrainingSettings) -> dict[str, float]:
    clean = measure_quality(model, settings.seed, settings.validation_scenes)
    attacked = measure_robustness(
        model,
        settings.seed,
        settings.attacked_scenes,
        settings.epsilon,
        settings.evaluation_steps,
    )
    return {**asdict(clean), "top1_pgd": attacked}


def _fit(
    model: MobileNetV2,
    images: Tensor,
    labels: Tensor,
    settings: RobustTrainingSettings,
    progress: TextIO | None,
) -> None:
    def loss(step: Step) -> Tensor:
        radius = settings.epsilon / 255 * min(1.0, step.number / max(settings.ramp * step.of, 1))
        x, classes = augmented(images[step.chosen], step.size).clamp(-1, 1), labels[step.chosen]
        size_of_step = radius * settings.relative_step_size
        x = perturbed(model, x, classes, radius, settings.pgd_steps, size_of_step)
        return nn.functional.cross_entropy(model.train()(x), classes)

    fit(model, images, settings, loss, progress)
