"""Means and medians over images with bootstrap intervals (BCa).

Bias-corrected and accelerated intervals: Efron (1987), JASA 82, 171-185; Efron and Tibshirani
(1993), An Introduction to the Bootstrap, eq. 14.10, 14.15. The jackknife behind the acceleration
has closed forms for the mean and the median, so it costs O(n) and not n^2. Where classes repeat,
whole classes are resampled and left out (Davison and Hinkley 1997, section 3.8).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest, norm, t

from ssimball.statistics.resampling import Means, Medians, Statistic, bootstrap_counts
from ssimball.statistics.units import Array, Units, checked, units

# Relative; sums in another order are equal up to this.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Interval:
    """A value, its interval, and why there is none where there is none."""

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


def rate_interval(count: int, total: int, confidence: float) -> Interval:
    """``count`` of ``total`` > 0 and Wilson's interval (1927, JASA 22, 209-212)."""
    found = binomtest(count, total).proportion_ci(confidence, method="wilson")
    return Interval(count / total, float(found.low), float(found.high))


def bca_intervals(
    kind: Callable[[Array, Units], Statistic],
    samples: ArrayLike,
    rng: np.random.Generator,
    *,
    confidence: float,
    resamples: int,
    clusters: Sequence[object] | ArrayLike | None = None,
    widen: bool = True,
) -> list[Interval]:
    """A statistic of each row and its BCa interval.

    Args:
        kind: of the statistic; :data:`mean_intervals` and :data:`median_intervals` have theirs.
            A resample of means is of all rows alike. One of medians, without clusters, is drawn of
            each row in its sorted order, which makes no difference to its distribution.
        samples: (k, n), a row per quantity and a column per image.
        rng: the resamples depend on it and on the number of units alone.
        confidence: confidence level, in (0, 1).
        resamples: bootstrap resamples.
        clusters: the class of each image, (n,); whole classes are resampled where one has two
            images or more.
        widen: take the normal quantiles in BCa further out by the ratio of Student's to the normal
            quantile and by sqrt(n / (n - 1)), the expansion of percentile intervals of Hesterberg
            (2015), The American Statistician 69, 371-386, meant for few images; the coverage of
            both is simulated by benchmarks/coverage.py. False: BCa as in scipy.

    Returns:
        k intervals. No image: no value. One image, equal values (or resamples: classes with equal
        means), or images of one class: a value, no interval, and the reason.

    Raises:
        ValueError: NaN or infinity among the samples.
    """
    table = checked(samples)
    groups = units(table.shape[1], clusters)
    reason = _no_interval(groups)
    if not len(groups.of):
        return [Interval(None, reason=reason)] * len(table)
    statistic = kind(table, groups)
    values = statistic.values()
    if reason:
        return [Interval(float(value), reason=reason) for value in values]
    counts = bootstrap_counts(groups, resamples, rng)
    draws = np.concatenate([statistic.resampled(batch) for batch in counts], axis=1)
    z = _quantile(groups.count, confidence, widen)
    rows = zip(table, values, draws, statistic.jackknife(), strict=True)
    return [_interval(sample, value, row, jackknife, z) for sample, value, row, jackknife in rows]


#: :func:`bca_intervals` of the mean.
mean_intervals = partial(bca_intervals, Means)
#: :func:`bca_intervals` of the median.
median_intervals = partial(bca_intervals, Medians)


def rate_intervals(
    samples: ArrayLike,
    rng: np.random.Generator,
    *,
    confidence: float,
    resamples: int,
    clusters: Sequence[object] | ArrayLike | None = None,
) -> list[Interval]:
    """Rates and their intervals: Wilson's of independent images, BCa where classes repeat.

    Args:
        samples: (k, n) of zeros and ones. The rest as in :func:`bca_intervals`.
    """
    table = checked(samples)
    count = table.shape[1]
    if count and units(count, clusters).single:
        return [rate_interval(int(row.sum()), count, confidence) for row in table]
    return mean_intervals(table, rng, confidence=confidence, resamples=resamples, clusters=clusters)


def _interval(sample: Array, value: float, draws: Array, jackknife: Array, z: float) -> Interval:
    rounding = _ROUNDING * np.abs(sample).max()
    if np.ptp(draws) <= rounding:
        why = "resamples" if np.ptp(sample) else "values"
        return Interval(float(value), reason=f"all {why} are equal")
    low, high = np.quantile(draws, _levels(value, draws, jackknife, z, rounding))
    return Interval(float(value), float(low), float(high))


def _no_interval(groups: Units) -> str | None:
    if not len(groups.of):
        return "no image"
    if len(groups.of) == 1:
        return "one image"
    return "all images are of one class" if groups.count == 1 else None


def _quantile(count: int, confidence: float, widen: bool) -> float:
    level = (1 + confidence) / 2
    if not widen:
        return float(norm.ppf(level))
    return float(t.ppf(level, count - 1) * np.sqrt(count / (count - 1)))


def _levels(value: float, draws: Array, jackknife: Array, z: float, rounding: float) -> Array:
    """The two quantiles of the draws that bound the interval; Efron and Tibshirani, eq. 14.10."""
    # Draws equal to the value count half, as in scipy.
    below = np.sum(draws < value - rounding) + np.sum(draws <= value + rounding)
    least = 0.5 / len(draws)
    bias = norm.ppf(np.clip(below / (2 * len(draws)), least, 1 - least))
    change = jackknife.mean() - jackknife
    norm_of_change = np.linalg.norm(change)
    equal = norm_of_change <= rounding
    acceleration = 0.0 if equal else np.sum((change / norm_of_change) ** 3) / 6
    shifted = bias + np.array([-z, z])
    # Where widened quantiles pass the pole, the interval ends at the outermost draw.
    levels: Array = norm.cdf(bias + shifted / np.maximum(1 - acceleration * shifted, 1e-9))
    return levels
