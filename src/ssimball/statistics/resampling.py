"""Statistics of bootstrap and jackknife resamples, from how often each unit is taken."""

from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ssimball.statistics.units import Array, Units

# Images times resamples held at once.
_BATCH = 2_000_000


class Statistic(Protocol):
    """Of k samples, each of ``count`` units."""

    def values(self) -> Array:
        """(k,)."""

    def resampled(self, counts: Array) -> Array:
        """(k, b), when each unit is taken as often as ``counts``, (count, b), says."""

    def jackknife(self) -> Array:
        """(k, count), each unit left out once."""


def bootstrap_counts(groups: Units, resamples: int, rng: np.random.Generator) -> Iterator[Array]:
    """How often each unit is drawn, (count, b), in batches of b resamples."""
    count, batch = groups.count, _batch(groups)
    for first in range(0, resamples, batch):
        size = min(batch, resamples - first)
        drawn = rng.integers(0, count, (size, count)) + count * np.arange(size)[:, None]
        found = np.bincount(drawn.ravel(), minlength=size * count).reshape(size, count)
        yield np.ascontiguousarray(found.T, np.float64)


def _batch(groups: Units) -> int:
    return max(1, _BATCH // len(groups.of))


class Means:
    """The mean of each row of (k, n)."""

    def __init__(self, samples: Array, groups: Units) -> None:
        self.samples, self.sums, self.sizes = samples, groups.sums(samples), groups.sizes

    def values(self) -> Array:
        found: Array = self.samples.mean(axis=1)
        return found

    def resampled(self, counts: Array) -> Array:
        found: Array = (self.sums @ counts) / (self.sizes @ counts)
        return found

    def jackknife(self) -> Array:
        rest = self.sums.sum(axis=1, keepdims=True) - self.sums
        found: Array = rest / (self.sizes.sum() - self.sizes)
        return found


class Medians:
    """The median of each row of (k, n)."""

    def __init__(self, samples: Array, groups: Units) -> None:
        self.groups = groups
        self.order = np.argsort(samples, axis=1)
        self.ordered = np.take_along_axis(samples, self.order, axis=1)

    def values(self) -> Array:
        found: Array = np.median(self.ordered, axis=1)
        return found

    def resampled(self, counts: Array) -> Array:
        whole = counts.astype(np.int32)
        if self.groups.single:
            low, high = _median_places(whole)
            middle: Array = (self.ordered[:, low] + self.ordered[:, high]) / 2
            return middle
        found = []
        for order, row in zip(self.order, self.ordered, strict=True):
            low, high = _median_places(whole[self.groups.of[order]])
            found.append((row[low] + row[high]) / 2)
        return np.array(found)

    def jackknife(self) -> Array:
        if self.groups.single:
            return _median_jackknife(self.ordered)
        count, size = self.groups.count, _batch(self.groups)
        found = []
        for first in range(0, count, size):
            left_out = np.arange(first, min(first + size, count))
            found.append(self.resampled((np.arange(count)[:, None] != left_out).astype(float)))
        return np.concatenate(found, axis=1)


def _median_places(counts: NDArray[np.int32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places of the two middle values, each sorted value taken ``counts``, (n, b), times."""
    running = 2 * np.cumsum(counts, axis=0, dtype=np.int32)
    total = running[-1] // 2
    return np.count_nonzero(running < total, axis=0), np.count_nonzero(running <= total, axis=0)


def _median_jackknife(ordered: Array) -> Array:
    """Medians of sorted rows, (k, n), n > 1, with one value left out."""
    count = ordered.shape[1]
    middle, place = count // 2, np.arange(count)
    if count % 2 == 0:
        return ordered[:, np.where(place < middle, middle, middle - 1)]
    low = np.where(place < middle, middle, middle - 1)
    high = np.where(place <= middle, middle + 1, middle)
    return (ordered[:, low] + ordered[:, high]) / 2
