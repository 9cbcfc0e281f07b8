"""Paired differences between two attacks over the images that both have."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.stats import wilcoxon

from ssimball.runtime.randomness import generator
from ssimball.statistics.effects import d_z, rank_biserial
from ssimball.statistics.frames import by_images
from ssimball.statistics.intervals import Interval, mean_intervals, median_intervals
from ssimball.statistics.permutation import smallest_exact_p
from ssimball.statistics.units import Array, checked, units
from ssimball.statistics.verdicts import Tested, decide

Row = dict[str, Any]

#: What attacks are compared in, as far as the run has it.
METRICS = ("spearman_cam", "top_share_cam", "spearman_mask", "share_mask")


@dataclass(frozen=True)
class PairedTest:
    """Test and effect sizes of paired differences.

    ``units`` are ``images`` or ``classes``; ``smallest_p``: what so few of them could have had.
    """

    wilcoxon_p: float | None
    rank_biserial: float | None
    d_z: float | None
    units: str
    smallest_p: float


def paired_test(
    differences: ArrayLike, clusters: Sequence[object] | ArrayLike | None = None
) -> PairedTest:
    """Wilcoxon's signed-rank test (two-sided) and effect sizes.

    Zeros are ranked and then left out (Pratt 1959). Where classes repeat, the unit is the class:
    differences are averaged over each class first, and the means are tested, because images of one
    class are not independent.

    Args:
        differences: (n,).
        clusters: the class of each image, (n,).

    Returns:
        p = 1 where all differences are zero; all None where n = 0; see
        :func:`~ssimball.statistics.effects.d_z` for when there is none.

    Raises:
        ValueError: NaN or infinity among the differences.
    """
    table = checked(np.atleast_2d(differences))
    groups = units(table.shape[1], clusters)
    [means] = groups.means(table)
    p: float | None = None
    if means.size:
        p = float(wilcoxon(means, zero_method="pratt").pvalue) if means.any() else 1.0
    smallest = smallest_exact_p(groups.count)
    return PairedTest(p, rank_biserial(means), d_z(means), groups.name, smallest)


def comparisons(
    overlap: pd.DataFrame,
    *,
    confidence: float,
    resamples: int,
    seed: int,
    classes: Mapping[str, object] | None = None,
    metrics: Sequence[str] = METRICS,
) -> list[Row]:
    """Every two attacks in every metric: rows of contracts.overlap.COMPARISONS.

    The difference is the first attack's value less the other's, image by image. Intervals are BCa
    over images, by class where classes repeat. Holm's correction is over all rows of the result:
    all pairs of attacks and all metrics. The verdict is Wilcoxon's after it, its direction that of
    his ranks.

    Args:
        overlap: columns image_id, attack, metric, value of contracts.overlap.OVERLAP; the order
            of attacks is that of the result.
        confidence: confidence level of the intervals, in (0, 1).
        resamples: bootstrap resamples.
        seed: each metric has its own random numbers derived from it, the same for all pairs.
        classes: the class of each image.
        metrics: those to compare in; the ones that are missing are left out.
    """
    attacks = overlap["attack"].unique()
    rows: list[Row] = []
    for metric in metrics:
        own = overlap[overlap["metric"] == metric]
        wide = own.pivot(index="image_id", columns="attack", values="value").astype(float)
        differences = {
            (attack, other): wide[attack] - wide[other]
            for attack, other in combinations(attacks, 2)
            if attack in wide and other in wide
        }
        measure = partial(_measured, metric, confidence, resamples, seed)
        for (attack, other), row in by_images(differences, classes, measure).items():
            rows.append({"attack": attack, "other": other, "metric": metric, **row})
    tested = [Tested(r["rank_biserial"], r["wilcoxon_p"], r.pop("smallest_p")) for r in rows]
    for row, (p, verdict) in zip(rows, decide(tested, confidence), strict=True):
        row |= {"p_holm": p, "verdict": verdict}
    return rows


def _measured(
    metric: str, confidence: float, resamples: int, seed: int, samples: Array, clusters: Any
) -> list[Row]:
    settings = {"confidence": confidence, "resamples": resamples, "clusters": clusters}
    rng = partial(generator, seed, "comparisons", metric)
    means = mean_intervals(samples, rng("mean"), **settings)
    medians = median_intervals(samples, rng("median"), **settings)
    return [
        _row(sample, paired_test(sample, clusters), mean, median)
        for sample, mean, median in zip(samples, means, medians, strict=True)
    ]


def _row(sample: Array, test: PairedTest, mean: Interval, median: Interval) -> Row:
    return {
        "n": len(sample),
        "mean_difference": mean.value,
        "ci_low": mean.low,
        "ci_high": mean.high,
        "median_difference": median.value,
        "median_ci_low": median.low,
        "median_ci_high": median.high,
        **asdict(test),
        "reason": mean.reason or (median.reason and f"median: {median.reason}"),
    }
