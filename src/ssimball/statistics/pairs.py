"""Paired differences between two attacks over the images that both have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any

import pandas as pd

from ssimball.overlap.metric import (
    COLUMNS,
    SHARE_MASK,
    SPEARMAN_CAM,
    SPEARMAN_MASK,
    TOP_SHARE_CAM,
    Metric,
)
from ssimball.statistics.effects import d_z
from ssimball.statistics.frames import by_images
from ssimball.statistics.inference import Inference
from ssimball.statistics.intervals import Interval, mean_intervals, median_intervals
from ssimball.statistics.units import Array, units_of

#: Metrics that attacks are compared in, where the run has them.
METRICS = (SPEARMAN_CAM, TOP_SHARE_CAM, SPEARMAN_MASK, SHARE_MASK)


@dataclass(frozen=True)
class MeanDifference:
    """Paired differences of one metric: their number, mean, median and Cohen's d_z."""

    n: int
    mean: Interval
    median: Interval
    d_z: float | None


def comparisons(
    overlap: pd.DataFrame, inference: Inference, metrics: Sequence[Metric] = METRICS
) -> list[dict[str, Any]]:
    """Compare every two attacks in every metric, without a test.

    The difference is the first attack's value minus the other's, image by image. Intervals are BCa,
    over images or classes. All pairs share the random numbers of a metric.

    Args:
        overlap: columns image_id, attack, measure, reference, distortion and value of
            contracts.overlap.OVERLAP, in the order of attacks of the result.
        inference: settings of intervals.
        metrics: metrics to compare in; those that are missing are left out.

    Returns:
        Rows of contracts.overlap.COMPARISONS.
    """
    return [row for metric in metrics for row in _rows(overlap, metric, inference)]


def _rows(overlap: pd.DataFrame, metric: Metric, inference: Inference) -> list[dict[str, Any]]:
    """Every two attacks in one metric."""
    rows = overlap[_is(overlap, metric.columns())]
    wide = rows.pivot(index="image_id", columns="attack", values="value").astype(float)
    differences = {
        (attack, other): wide[attack] - wide[other]
        for attack, other in combinations(overlap["attack"].unique(), 2)
        if attack in wide and other in wide
    }
    by_pair = by_images(differences, inference, partial(_differences, metric, inference))
    return [
        {
            "attack": attack,
            "other": other,
            **metric.columns(),
            **_columns(difference),
            "unit_kind": inference.units.kind.value,
        }
        for (attack, other), difference in by_pair.items()
    ]


def _is(overlap: pd.DataFrame, columns: Mapping[str, str]) -> "pd.Series[bool]":
    first, second, third = (overlap[name] == columns[name] for name in COLUMNS)
    return first & second & third


def _differences(
    metric: Metric, inference: Inference, samples: Array, clusters: list[object] | None
) -> list[MeanDifference]:
    bootstrap = inference.bootstrap(clusters)
    rng = partial(inference.rng, "comparisons", metric.label)
    means = mean_intervals(samples, rng("mean"), **bootstrap)
    medians = median_intervals(samples, rng("median"), **bootstrap)
    of_units = units_of(samples.shape[1], clusters).means(samples)
    return [
        MeanDifference(samples.shape[1], mean, median, d_z(row))
        for mean, median, row in zip(means, medians, of_units, strict=True)
    ]


def _columns(difference: MeanDifference) -> dict[str, Any]:
    mean, median = difference.mean, difference.median
    return {
        "n": difference.n,
        "mean_difference": mean.value,
        "ci_low": mean.low,
        "ci_high": mean.high,
        "median_difference": median.value,
        "median_ci_low": median.low,
        "median_ci_high": median.high,
        "d_z": difference.d_z,
        "reason": mean.reason or (median.reason and f"median: {median.reason}"),
    }
