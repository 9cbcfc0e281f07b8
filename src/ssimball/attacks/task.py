"""What an attack runs on: the task, which is an attack with its settings, and its images."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ssimball.attacks import registry
from ssimball.attacks.interface import Attack
from ssimball.config.attacks.base import AttackSettings
from ssimball.config.comparison import ComparisonConfig
from ssimball.models.classifier import Classifier


@dataclass(frozen=True)
class Subject:
    """A correctly classified image to attack.

    Attributes:
        image_id: its name, on which its random numbers depend.
        label: its class.
        rgb: the clean image, uint8 (H, W, 3).
        margin: the label's margin on the clean image, if known.
        other: another image, for attacks that need one; None if there is none.
    """

    image_id: str
    label: int
    rgb: NDArray[np.uint8]
    margin: float | None = None
    other: "Subject | None" = None


@dataclass(frozen=True)
class Task:
    """An attack with everything it needs besides images.

    Attributes:
        name: the attack's name in the configuration; its random numbers depend on it.
        attack: the attack's function.
        settings: the settings that the function takes.
        classifier: the network, on ``device``.
        seed: the run's seed.
        comparison: how attacks are compared, and so which image is stored.
        device: the torch device to compute on.
    """

    name: str
    attack: Attack
    settings: AttackSettings
    classifier: Classifier
    seed: int
    comparison: ComparisonConfig
    device: str = "cpu"

    @classmethod
    def load(
        cls,
        name: str,
        settings: AttackSettings,
        classifier: Classifier,
        *,
        comparison: ComparisonConfig,
        seed: int = 0,
        device: str = "cpu",
    ) -> "Task":
        """Return the task whose attack is the method that the settings name."""
        attack = registry.load(settings.method)
        return cls(name, attack, settings, classifier, seed, comparison, device)
