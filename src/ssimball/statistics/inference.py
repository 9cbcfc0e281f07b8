"""How uncertainty is computed: settings that all statistics across images share."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ssimball.config.across import StatisticsConfig
from ssimball.runtime.randomness import generator
from ssimball.statistics.permutation import FLIPS
from ssimball.statistics.units import UnitChoice, UnitKind, choose_units


@dataclass(frozen=True)
class Inference:
    """Settings of intervals and tests.

    Attributes:
        confidence: confidence level of the intervals, in (0, 1); 1 - level of the tests.
        resamples: bootstrap resamples.
        seed: every random stream is derived from it and from the stream's purpose.
        classes: the class of each image where classes are the independent units; None where
            images are.
        unit_reason: why these are the units.
        flips: random sign patterns of a permutation test.
    """

    confidence: float
    resamples: int
    seed: int
    classes: Mapping[str, object] | None = None
    unit_reason: str = "as configured"
    flips: int = FLIPS

    @classmethod
    def configured(
        cls, statistics: StatisticsConfig, seed: int, images: pd.DataFrame, num_classes: int
    ) -> "Inference":
        """Return the settings of a run.

        Args:
            statistics: as configured.
            seed: seed of the run.
            images: columns image_id and label, a row per image that the network classified.
            num_classes: number of the network's classes.
        """
        units = choose_units(statistics.units, images["label"], num_classes)
        classes = None
        if units.kind is UnitKind.CLASSES:
            classes = dict(zip(images["image_id"], images["label"], strict=True))
        return cls(statistics.confidence, statistics.resamples, seed, classes, units.reason)

    @property
    def units(self) -> UnitChoice:
        """What is independent, and why."""
        kind = UnitKind.IMAGES if self.classes is None else UnitKind.CLASSES
        return UnitChoice(kind, self.unit_reason)

    def clusters(self, images: Iterable[str]) -> list[object] | None:
        """Return the class of each image where classes are the units."""
        return None if self.classes is None else [self.classes[image] for image in images]

    def rng(self, *purpose: str) -> np.random.Generator:
        """Return the random generator of a purpose."""
        return generator(self.seed, *purpose)

    def bootstrap(self, clusters: Sequence[object] | None) -> dict[str, Any]:
        """Return the keyword arguments of :func:`~ssimball.statistics.intervals.bca_intervals`."""
        return {
            "confidence": self.confidence,
            "resamples": self.resamples,
            "clusters": clusters,
        }
