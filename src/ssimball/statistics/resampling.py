"""Statistics of bootstrap and jackknife resamples, from how often each unit is drawn."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ssimball.statistics.units import Array, Units

# Images times resamples held in memory at once.
_BATCH = 2_000_000


class Statistic(Protocol):
    """A statistic of k samples, each of ``count`` units."""

    def values(self) -> Array:
        """Return the statistic of each sample, (k,)."""

    def resampled(self, counts: Array) -> Array:
        """Return the statistic of b resamples, (k, b).

        Args:
            counts: (count, b), how often each unit is drawn.
        """

    def jackknife(self) -> Array:
        """Return the statistic with each unit left out once, (k, count)."""


def bootstrap_counts(units: Units, resamples: int, rng: np.random.Generator) -> Iterator[Array]:
    """Draw how often each unit is in each resample.

    Args:
        units: what is drawn, with replacement.
        resamples: number of resamples.
        rng: the draws depend on it and on the number of units alone.

    Yields:
        (count, b), in batches of b resamples.
    """
    count, batch = units.count, _batch(units)
    for first in range(0, resamples, batch):
        size = min(batch, resamples - first)
        drawn = rng.integers(0, count, (size, count)) + count * np.arange(size)[:, None]
        counts = np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count)
        yield np.ascontiguousarray(counts.T, np.float64)


def _batch(units: Units) -> int:
    return max(1, _BATCH // len(units.of))


class Means:
    """The mean of each row of (k, n)."""

    def __init__(self, samples: Array, units: Units) -> None:
        """Sum the samples by unit."""
        self.samples, self.sums, self.sizes = samples, units.sums(samples), units.sizes

    def values(self) -> Array:
        """Return the mean of each sample, (k,)."""
        means: Array = self.samples.mean(axis=1)
        return means

    def resampled(self, counts: Array) -> Array:
        """Return the mean over the images of the units drawn, (k, b)."""
        means: Array = (self.sums @ counts) / (self.sizes @ counts)
        return means

    def jackknife(self) -> Array:
        """Return the mean with each unit left out once, (k, count)."""
        others = self.sums.sum(axis=1, keepdims=True) - self.sums
        means: Array = others / (self.sizes.sum() - self.sizes)
        return means


class Medians:
    """The median of each row of (k, n)."""

    def __init__(self, samples: Array, units: Units) -> None:
        """Sort each sample."""
        self.units = units
        self.order = np.argsort(samples, axis=1)
        self.ordered = np.take_along_axis(samples, self.order, axis=1)

    def values(self) -> Array:
        """Return the median of each sample, (k,)."""
        medians: Array = np.median(self.ordered, axis=1)
        return medians

    def resampled(self, counts: Array) -> Array:
        """Return the median over the images of the units drawn, (k, b)."""
        whole = counts.astype(np.int32)
        if self.units.single:
            low, high = _median_indices(whole)
            middle: Array = (self.ordered[:, low] + self.ordered[:, high]) / 2
            return middle
        medians = []
        for order, row in zip(self.order, self.ordered, strict=True):
            low, high = _median_indices(whole[self.units.of[order]])
            medians.append((row[low] + row[high]) / 2)
        return np.array(medians)

    def jackknife(self) -> Array:
        """Return the median with each unit left out once, (k, count)."""
        if self.units.single:
            return _median_jackknife(self.ordered)
        count, size = self.units.count, _batch(self.units)
        medians = []
        for first in range(0, count, size):
            left_out = np.arange(first, min(first + size, count))
            medians.append(self.resampled((np.arange(count)[:, None] != left_out).astype(float)))
        return np.concatenate(medians, axis=1)


def _median_indices(counts: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the two middle values, each sorted value taken ``counts``, (n, b), times."""
    running = 2 * np.cumsum(counts, axis=0, dtype=np.int32)
    total = running[-1] // 2
    return np.count_nonzero(running < total, axis=0), np.count_nonzero(running <= total, axis=0)


def _median_jackknife(ordered: Array) -> Array:
    """Medians of sorted rows, (k, n), n > 1, with each value left out once."""
    count = ordered.shape[1]
    middle, index = count // 2, np.arange(count)
    if count % 2 == 0:
        return ordered[:, np.where(index < middle, middle, middle - 1)]
    low = np.where(index < middle, middle, middle - 1)
    high = np.where(index <= middle, middle + 1, middle)
    return (ordered[:, low] + ordered[:, high]) / 2
