"""Means, medians and rates over images with their intervals.

Means and medians have bias-corrected and accelerated (BCa) bootstrap intervals: Efron (1987), JASA
82, 171-185; Efron and Tibshirani (1993), An Introduction to the Bootstrap, eq. 14.10, 14.15. The
jackknife behind the acceleration has closed forms for the mean and the median, so it costs O(n) and
not n^2. Where classes repeat, whole classes are resampled and left out (Davison and Hinkley 1997,
section 3.8).

BCa is too narrow for few images. So its normal quantiles are widened by the ratio of Student's to
the normal quantile and by sqrt(n / (n - 1)), the expansion of percentile intervals of Hesterberg
(2015), The American Statistician 69, 371-386. benchmarks/coverage.py simulates the coverage of
both.

An interval can be missing, and then has a reason: there is no image (and no value), one image, or
all images are of one class; all values are equal; or all resamples are, as of classes with equal
means.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import binomtest, norm, t

from ssimball.statistics.resampling import Means, Medians, Statistic, bootstrap_counts
from ssimball.statistics.units import Array, Units, checked, units_of

# Relative; sums in another order are equal up to this.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Interval:
    """A value and its interval.

    Attributes:
        value: the statistic, None where there is no image.
        low: lower end, None where there is no interval.
        high: upper end.
        reason: why there is no interval.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    reason: str | None = None


def rate_interval(count: int, total: int, confidence: float) -> Interval:
    """Return a rate and Wilson's interval (1927, JASA 22, 209-212).

    Args:
        count: number of successes.
        total: number of trials, more than 0.
        confidence: confidence level, in (0, 1).
    """
    ends = binomtest(count, total).proportion_ci(confidence, method="wilson")
    return Interval(count / total, float(ends.low), float(ends.high))


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
    """Return a statistic of each row of samples with its BCa interval.

    Args:
        kind: the statistic. A resample of means is the same for all rows. A resample of medians,
            without clusters, is drawn from each sorted row; that does not change its distribution.
        samples: (k, n), a row per quantity and a column per image.
        rng: the resamples depend on it and on the number of units alone.
        confidence: confidence level, in (0, 1).
        resamples: bootstrap resamples.
        clusters: the class of each image, (n,); classes are resampled where one has two images.
        widen: widen the interval for few images; False: BCa as in scipy.

    Returns:
        k intervals, with a reason where one is missing.

    Raises:
        ValueError: the samples hold NaN or infinity.
    """
    table = checked(samples)
    units = units_of(table.shape[1], clusters)
    if reason := _no_interval(units):
        values = kind(table, units).values().tolist() if len(units.of) else [None] * len(table)
        return [Interval(value, reason=reason) for value in values]
    z = _quantile(units.count, confidence, widen)
    return _bootstrapped(kind(table, units), table, bootstrap_counts(units, resamples, rng), z)


#: Means of the rows of samples with their BCa intervals; arguments of :func:`bca_intervals` after
#: the first.
mean_intervals = partial(bca_intervals, Means)
#: Medians of the rows of samples with their BCa intervals; arguments as for means.
median_intervals = partial(bca_intervals, Medians)


def rate_intervals(
    samples: ArrayLike,
    rng: np.random.Generator,
    *,
    confidence: float,
    resamples: int,
    clusters: Sequence[object] | ArrayLike | None = None,
) -> list[Interval]:
    """Return rates with their intervals: Wilson's of independent images, BCa of repeated classes.

    Args:
        samples: (k, n) of zeros and ones.
        rng: as for :func:`bca_intervals`.
        confidence: as for :func:`bca_intervals`.
        resamples: as for :func:`bca_intervals`.
        clusters: as for :func:`bca_intervals`.

    Examples:
        >>> rng = np.random.default_rng(0)
        >>> [rate] = rate_intervals([[1, 1, 1, 0]], rng, confidence=0.95, resamples=99)
        >>> rate.value, round(rate.low, 2), round(rate.high, 2)
        (0.75, 0.3, 0.95)
    """
    table = checked(samples)
    count = table.shape[1]
    if count and units_of(count, clusters).single:
        return [rate_interval(int(row.sum()), count, confidence) for row in table]
    return mean_intervals(table, rng, confidence=confidence, resamples=resamples, clusters=clusters)


def _bootstrapped(
    statistic: Statistic, table: Array, counts: Iterable[Array], z: float
) -> list[Interval]:
    """Intervals of more than one unit."""
    draws = np.concatenate([statistic.resampled(batch) for batch in counts], axis=1)
    rows = zip(table, statistic.values(), draws, statistic.jackknife(), strict=True)
    return [_interval(sample, value, row, jackknife, z) for sample, value, row, jackknife in rows]


def _interval(sample: Array, value: float, draws: Array, jackknife: Array, z: float) -> Interval:
    rounding = _ROUNDING * np.abs(sample).max()
    if np.ptp(draws) <= rounding:
        equal = "resamples" if np.ptp(sample) else "values"
        return Interval(float(value), reason=f"all {equal} are equal")
    low, high = np.quantile(draws, _levels(value, draws, jackknife, z, rounding))
    return Interval(float(value), float(low), float(high))


def _no_interval(units: Units) -> str | None:
    if not len(units.of):
        return "no image"
    if len(units.of) == 1:
        return "one image"
    return "all images are of one class" if units.count == 1 else None


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
