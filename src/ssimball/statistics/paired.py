"""Paired differences between two attacks over the images that both have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import wilcoxon

from ssimball.overlap.metric import (
    COLUMNS,
    SHARE_MASK,
    SPEARMAN_CAM,
    SPEARMAN_MASK,
    TOP_SHARE_CAM,
    Metric,
)
from ssimball.statistics.effects import d_z, rank_biserial
from ssimball.statistics.frames import by_images
from ssimball.statistics.inference import Inference
from ssimball.statistics.intervals import Interval, mean_intervals, median_intervals
from ssimball.statistics.permutation import smallest_exact_p
from ssimball.statistics.units import Array, checked, units_of
from ssimball.statistics.verdicts import Decision, Tested, decide

#: Metrics that attacks are compared in, where the run has them.
METRICS = (SPEARMAN_CAM, TOP_SHARE_CAM, SPEARMAN_MASK, SHARE_MASK)


@dataclass(frozen=True)
class PairedTest:
    """Test and effect sizes of paired differences.

    Attributes:
        wilcoxon_p: two-sided p-value of Wilcoxon's signed-rank test, not corrected.
        rank_biserial: matched-pairs rank-biserial correlation.
        d_z: Cohen's d_z.
        unit_kind: what was tested: differences of ``images``, or means of ``classes``.
        smallest_p: the smallest p-value that so few units could have had.
    """

    wilcoxon_p: float | None
    rank_biserial: float | None
    d_z: float | None
    unit_kind: str
    smallest_p: float


@dataclass(frozen=True)
class MeanDifference:
    """Paired differences of one metric: their number, mean, median and test."""

    n: int
    mean: Interval
    median: Interval
    test: PairedTest


@dataclass(frozen=True)
class Pair:
    """Two attacks in one metric; differences are those of attack minus other."""

    attack: str
    other: str
    metric: Metric
    difference: MeanDifference


def paired_test(
    differences: ArrayLike, clusters: Sequence[object] | ArrayLike | None = None
) -> PairedTest:
    """Test differences by Wilcoxon's signed-rank test and measure their effect sizes.

    Zeros are ranked and then left out (Pratt 1959). Where classes repeat, differences are averaged
    over each class and the means are tested, because images of one class are not independent.

    Args:
        differences: (n,).
        clusters: the class of each image, (n,).

    Returns:
        p = 1 where all differences are zero; all numbers None where n = 0; see
        :func:`~ssimball.statistics.effects.d_z` for when there is none.

    Raises:
        ValueError: the differences hold NaN or infinity.
    """
    table = checked(np.atleast_2d(differences))
    units = units_of(table.shape[1], clusters)
    [means] = units.means(table)
    p: float | None = None
    if means.size:
        p = float(wilcoxon(means, zero_method="pratt").pvalue) if means.any() else 1.0
    smallest = smallest_exact_p(units.count)
    return PairedTest(p, rank_biserial(means), d_z(means), units.kind, smallest)


def comparisons(
    overlap: pd.DataFrame, inference: Inference, metrics: Sequence[Metric] = METRICS
) -> list[dict[str, Any]]:
    """Compare every two attacks in every metric.

    The difference is the first attack's value minus the other's, image by image. Intervals are BCa
    over images, by class where classes repeat. Holm's correction is over all rows: all pairs of
    attacks and all metrics. The verdict is that of Wilcoxon's test after the correction; its
    direction is that of the rank-biserial correlation. All pairs share the random numbers of a
    metric.

    Args:
        overlap: columns image_id, attack, measure, reference, distortion and value of
            contracts.overlap.OVERLAP, in the order of attacks of the result.
        inference: settings of intervals and tests.
        metrics: metrics to compare in; those that are missing are left out.

    Returns:
        Rows of contracts.overlap.COMPARISONS.
    """
    pairs = [pair for metric in metrics for pair in _pairs(overlap, metric, inference)]
    tests = [pair.difference.test for pair in pairs]
    family = [Tested(test.rank_biserial, test.wilcoxon_p, test.smallest_p) for test in tests]
    decisions = decide(family, inference.confidence)
    return [_row(pair, decision) for pair, decision in zip(pairs, decisions, strict=True)]


def _pairs(overlap: pd.DataFrame, metric: Metric, inference: Inference) -> list[Pair]:
    """Every two attacks in one metric."""
    rows = overlap[_is(overlap, metric.columns())]
    wide = rows.pivot(index="image_id", columns="attack", values="value").astype(float)
    differences = {
        (attack, other): wide[attack] - wide[other]
        for attack, other in combinations(overlap["attack"].unique(), 2)
        if attack in wide and other in wide
    }
    measure = partial(_differences, metric, inference)
    by_pair = by_images(differences, inference.classes, measure)
    return [Pair(*names, metric, difference) for names, difference in by_pair.items()]


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
    return [
        MeanDifference(len(sample), mean, median, paired_test(sample, clusters))
        for sample, mean, median in zip(samples, means, medians, strict=True)
    ]


def _row(pair: Pair, decision: Decision) -> dict[str, Any]:
    mean, median, test = pair.difference.mean, pair.difference.median, pair.difference.test
    return {
        "attack": pair.attack,
        "other": pair.other,
        **pair.metric.columns(),
        "n": pair.difference.n,
        "mean_difference": mean.value,
        "ci_low": mean.low,
        "ci_high": mean.high,
        "median_difference": median.value,
        "median_ci_low": median.low,
        "median_ci_high": median.high,
        "wilcoxon_p": test.wilcoxon_p,
        "p_holm": decision.p_holm,
        "verdict": decision.verdict.value,
        "rank_biserial": test.rank_biserial,
        "d_z": test.d_z,
        "units": test.unit_kind,
        "reason": mean.reason or (median.reason and f"median: {median.reason}"),
    }
