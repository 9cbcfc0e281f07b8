"""How uncertainty is computed: settings that all statistics across images share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ssimball.config.across import StatisticsConfig
from ssimball.runtime.randomness import generator


@dataclass(frozen=True)
class Inference:
    """Settings of intervals and tests.

    Attributes:
        confidence: confidence level of the intervals, in (0, 1); 1 - level of the tests.
        resamples: bootstrap resamples.
        seed: every random stream is derived from it and from the stream's purpose.
        classes: the class of each image, e.g. its label. Where classes repeat, classes are the
            independent units; without, images are.
    """

    confidence: float
    resamples: int
    seed: int
    classes: Mapping[str, object] | None = None

    @classmethod
    def configured(
        cls,
        statistics: StatisticsConfig,
        seed: int,
        facts: pd.DataFrame | None = None,
    ) -> "Inference":
        """Return the settings of a run.

        Args:
            statistics: as configured.
            seed: seed of the run.
            facts: columns image_id and label; labels are the classes. Without, images are the
                units, or what the statistics themselves take as classes.
        """
        classes = None
        if facts is not None:
            classes = dict(zip(facts["image_id"], facts["label"], strict=True))
        return cls(statistics.confidence, statistics.resamples, seed, classes)

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
