"""Intervals: scipy's BCa on the same resamples, coverage, classes, degenerate samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap

from ssimball.statistics.intervals import Interval, mean_intervals, median_intervals

INTERVALS = {np.mean: mean_intervals, np.median: median_intervals}
SETTINGS = {"confidence": 0.95, "resamples": 499}


def rng(seed=0):
    return np.random.default_rng(seed)


def ends(intervals):
    return np.array([(found.low, found.high) for found in intervals])


@given(st.sampled_from([np.mean, np.median]), st.integers(4, 60), st.integers(0, 2**32))
def test_bca_agrees_with_scipy_on_the_same_resamples(statistic, count, seed):
    # Samples are sorted because medians are resampled in sorted order. They are in eighths so that
    # there are ties and sums are exact.
    sample = np.round(8 * np.sort(rng(seed).exponential(size=count))) / 8
    theirs = bootstrap((sample,), statistic, n_resamples=499, method="BCa", rng=rng(seed))
    [found] = INTERVALS[statistic]([sample], rng(seed), **SETTINGS, widen=False)
    assert found.value == pytest.approx(statistic(sample))
    expected = theirs.confidence_interval
    # Where its jackknife is constant, scipy gives NaN; this library takes the acceleration as 0.
    if np.isfinite(expected).all():
        assert (found.low, found.high) == pytest.approx(expected)
    else:
        assert found.low is None or found.low <= found.value <= found.high


@pytest.mark.parametrize("statistic", [np.mean, np.median])
def test_bca_over_classes_agrees_with_scipy_over_their_indices(statistic):
    sizes = np.array([1, 4, 2, 3, 1, 5, 2, 3])
    clusters = np.repeat(np.arange(8), sizes)
    sample = rng(1).exponential(size=len(clusters)) + clusters % 3
    members = [sample[clusters == c] for c in range(8)]

    def of_classes(drawn, axis=-1):
        def one(row):
            return statistic(np.concatenate([members[int(c)] for c in row]))

        return np.apply_along_axis(one, axis, drawn)

    theirs = bootstrap((np.arange(8),), of_classes, n_resamples=499, method="BCa", rng=rng(2))
    [found] = INTERVALS[statistic]([sample], rng(2), **SETTINGS, clusters=clusters, widen=False)
    assert (found.low, found.high) == pytest.approx(theirs.confidence_interval)


@pytest.mark.parametrize("intervals", INTERVALS.values())
def test_classes_of_one_image_each_change_nothing(intervals):
    samples = rng().normal(size=(3, 20))
    plain = intervals(samples, rng(), **SETTINGS)
    assert intervals(samples, rng(), **SETTINGS, clusters=rng(5).permutation(20)) == plain


def test_equal_images_of_a_class_count_once():
    sample = rng().normal(size=(1, 15))
    alone = ends(mean_intervals(sample, rng(), **SETTINGS))
    clusters = np.repeat(np.arange(15), 4)
    repeated = np.repeat(sample, 4, axis=1)
    clustered = mean_intervals(repeated, rng(), **SETTINGS, clusters=clusters)
    assert ends(clustered) == pytest.approx(alone)
    ignored = ends(mean_intervals(repeated, rng(), **SETTINGS))
    assert np.ptp(ignored) < 0.7 * np.ptp(alone)


@pytest.mark.parametrize("count", [8, 40])
@pytest.mark.parametrize("statistic", [np.mean, np.median])
def test_intervals_have_their_nominal_coverage(statistic, count):
    hits, truth = 0, 0.5
    for block in rng().beta(3, 3, (20, 50, count)):
        low, high = ends(INTERVALS[statistic](block, rng(hits), confidence=0.9, resamples=499)).T
        hits += np.sum((low <= truth) & (truth <= high))
    # Standard deviation of the rate: 0.009.
    assert 0.87 < hits / 1000 < 0.96


@pytest.mark.parametrize("intervals", INTERVALS.values())
def test_a_missing_interval_has_a_reason(intervals):
    def first(samples, clusters=None):
        return intervals(samples, rng(), **SETTINGS, clusters=clusters)[0]

    assert first(np.empty((1, 0))) == Interval(None, reason="no image")
    assert first([[0.5]]) == Interval(0.5, reason="one image")
    assert first([[0.1] * 3]) == Interval(pytest.approx(0.1), reason="all values are equal")
    one_class = first([[1.0, 3.0]], ["cat", "cat"])
    assert one_class == Interval(2.0, reason="all images are of one class")
    alike = first([[0.0, 1.0, 0.0, 1.0]], [1, 1, 2, 2])
    assert alike == Interval(0.5, reason="all resamples are equal")


@given(st.integers(2, 6), st.integers(0, 2**32))
def test_a_few_images_with_an_outlier_have_finite_ends_in_order(count, seed):
    sample = rng(seed).normal(size=count)
    sample[0] = 1e3
    for intervals in INTERVALS.values():
        [found] = intervals([sample], rng(seed), **SETTINGS)
        assert sample.min() - 1e-9 <= found.low <= found.high <= sample.max() + 1e-9


def test_nan_and_shapes_are_refused():
    with pytest.raises(ValueError, match="NaN"):
        mean_intervals([[1.0, np.nan]], rng(), **SETTINGS)
    with pytest.raises(ValueError, match="shape"):
        median_intervals([1.0, 2.0], rng(), **SETTINGS)
    with pytest.raises(ValueError, match="3 clusters for 2 images"):
        mean_intervals([[1.0, 2.0]], rng(), **SETTINGS, clusters=[1, 1, 2])


def test_many_images_are_processed_in_batches(monkeypatch):
    samples, clusters = rng().normal(size=(2, 500)), np.arange(500) // 3
    whole = [of(samples, rng(), **SETTINGS, clusters=clusters) for of in INTERVALS.values()]
    monkeypatch.setattr("ssimball.statistics.resampling._BATCH", 20_000)
    parts = [of(samples, rng(), **SETTINGS, clusters=clusters) for of in INTERVALS.values()]
    assert [ends(p) for p in parts] == [pytest.approx(ends(w)) for w in whole]
