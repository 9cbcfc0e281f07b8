"""One attack's quantities over images: means, medians, and differences from a null."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ssimball.overlap.metric import Quantity
from ssimball.statistics.effects import d_z
from ssimball.statistics.frames import Measure, Result, by_images
from ssimball.statistics.inference import Inference
from ssimball.statistics.intervals import Interval, mean_intervals, median_intervals, rate_intervals
from ssimball.statistics.units import Array, units_of
from ssimball.storage.status import has_stored_image

Clusters = list[object] | None


@dataclass(frozen=True)
class Sample:
    """A quantity by image id: its values and, for metrics that have one, its null."""

    values: "pd.Series[float]"
    nulls: "pd.Series[float] | None" = None


@dataclass(frozen=True)
class NullDifference:
    """Value minus null, over the images that have both.

    Attributes:
        mean: mean of value minus null, with its interval.
        effect_size: Cohen's d_z.
    """

    mean: Interval
    effect_size: float | None


@dataclass(frozen=True)
class QuantitySummary:
    """A quantity of one attack over images.

    Attributes:
        attack: name of the attack.
        quantity: a metric, or the name of a fact.
        n: images with a value.
        n_missing: images without one.
        mean: mean over images.
        median: median over images, None for rates.
        null: mean of the null over the images that have both, None where there is no null.
        difference: value minus null, None where there is no null.
    """

    attack: str
    quantity: Quantity
    n: int
    n_missing: int
    mean: Interval
    median: Interval | None = None
    null: Interval | None = None
    difference: NullDifference | None = None


@dataclass(frozen=True)
class AttackSummary:
    """Statistics of one attack; all quantities with the same images share their resamples.

    Attributes:
        attack: name of the attack, which names its random streams.
        inference: settings of intervals.
    """

    attack: str
    inference: Inference

    def fooling_rate(self, facts: pd.DataFrame) -> QuantitySummary:
        """Summarise how often the network is fooled, over images with a stored adversarial image.

        Args:
            facts: columns status and success, a row per image.
        """
        stored = facts.loc[facts["status"].map(has_stored_image), "success"]
        success: dict[Quantity, pd.Series[float]] = {
            "fooling_rate": stored.astype(bool).astype(float)
        }
        rate = self._by_images(success, self._rates)["fooling_rate"]
        missing = len(facts) - len(stored)
        return QuantitySummary(self.attack, "fooling_rate", len(stored), missing, rate)

    def quantities(self, samples: Mapping[Quantity, Sample]) -> list[QuantitySummary]:
        """Summarise quantities, in the order of the samples."""
        values = {quantity: sample.values for quantity, sample in samples.items()}
        means = self._by_images(values, self._means)
        medians = self._by_images(values, self._medians)
        both = {
            quantity: pd.DataFrame({"value": sample.values, "null": sample.nulls}).dropna()
            for quantity, sample in samples.items()
            if sample.nulls is not None
        }
        nulls = {quantity: frame["null"] for quantity, frame in both.items()}
        changes = {quantity: frame["value"] - frame["null"] for quantity, frame in both.items()}
        null_means = self._by_images(nulls, self._means)
        differences = self._by_images(changes, self._differences)
        return [
            QuantitySummary(
                attack=self.attack,
                quantity=quantity,
                n=int(column.notna().sum()),
                n_missing=int(column.isna().sum()),
                mean=means[quantity],
                median=medians[quantity],
                null=null_means.get(quantity),
                difference=differences.get(quantity),
            )
            for quantity, column in values.items()
        ]

    def _by_images(
        self, columns: Mapping[Quantity, "pd.Series[float]"], measure: Measure[Result]
    ) -> dict[Quantity, Result]:
        return by_images(columns, self.inference, measure)

    def _differences(self, samples: Array, clusters: Clusters) -> list[NullDifference]:
        """Mean and effect size of each row of differences."""
        means = self._means(samples, clusters)
        of_units = units_of(samples.shape[1], clusters).means(samples)
        return [NullDifference(mean, d_z(row)) for mean, row in zip(means, of_units, strict=True)]

    def _means(self, samples: Array, clusters: Clusters) -> list[Interval]:
        return mean_intervals(samples, self._rng("mean"), **self.inference.bootstrap(clusters))

    def _rates(self, samples: Array, clusters: Clusters) -> list[Interval]:
        return rate_intervals(samples, self._rng("rate"), **self.inference.bootstrap(clusters))

    def _medians(self, samples: Array, clusters: Clusters) -> list[Interval]:
        return median_intervals(samples, self._rng("median"), **self.inference.bootstrap(clusters))

    def _rng(self, purpose: str) -> np.random.Generator:
        return self.inference.rng(self.attack, purpose)
