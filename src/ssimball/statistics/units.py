"""What is independent: images, or classes where classes repeat."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Units:
    """``of``: the unit, from 0, that each of n images belongs to; ``count``: number of units."""

    of: NDArray[np.intp]
    count: int

    @property
    def name(self) -> str:
        """``images`` or ``classes``."""
        return "images" if self.single else "classes"

    @property
    def single(self) -> bool:
        """Whether every unit is one image."""
        return self.count == len(self.of)

    @property
    def sizes(self) -> Array:
        """Images of each unit, (count,)."""
        return np.bincount(self.of, minlength=self.count).astype(np.float64)

    def sums(self, samples: Array) -> Array:
        """(k, count) of (k, n): the sum over each unit's images."""
        if self.single:
            return samples
        found = [np.bincount(self.of, row, self.count) for row in samples]
        return np.array(found, np.float64).reshape(len(samples), self.count)

    def means(self, samples: Array) -> Array:
        """(k, count) of (k, n): the mean over each unit's images."""
        return self.sums(samples) / self.sizes


def units(count: int, clusters: Sequence[object] | ArrayLike | None = None) -> Units:
    """The units of ``count`` images.

    Args:
        count: number of images, n.
        clusters: the class of each image, (n,). Where no class has two images, or without it,
            images are the units.

    Raises:
        ValueError: another number of clusters than of images.
    """
    if clusters is not None:
        labels, of = np.unique(np.asarray(clusters), return_inverse=True)
        if of.shape != (count,):
            raise ValueError(f"{of.size} clusters for {count} images")
        if len(labels) < count:
            return Units(of, len(labels))
    return Units(np.arange(count), count)


def checked(samples: ArrayLike) -> Array:
    """As float64 (k, n).

    Raises:
        ValueError: another number of dimensions, or a value that is NaN or infinite.
    """
    found = np.asarray(samples, np.float64)
    if found.ndim != 2:
        raise ValueError(f"expected samples of shape (k, n), not {found.shape}")
    if not np.isfinite(found).all():
        raise ValueError("samples hold NaN or infinity; leave such images out first")
    return found
