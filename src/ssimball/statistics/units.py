"""What statistics take as independent: images, or classes where classes repeat."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Units:
    """The independent units that n images belong to.

    Attributes:
        of: (n,), the unit of each image, from 0.
        count: number of units.
    """

    of: NDArray[np.intp]
    count: int

    @property
    def kind(self) -> str:
        """What a unit is: ``images`` or ``classes``."""
        return "images" if self.single else "classes"

    @property
    def single(self) -> bool:
        """Whether every unit is one image."""
        return self.count == len(self.of)

    @property
    def sizes(self) -> Array:
        """Number of images of each unit, (count,)."""
        return np.bincount(self.of, minlength=self.count).astype(np.float64)

    def sums(self, samples: Array) -> Array:
        """Sum samples, (k, n), over each unit's images: (k, count)."""
        if self.single:
            return samples
        sums = [np.bincount(self.of, row, self.count) for row in samples]
        return np.array(sums, np.float64).reshape(len(samples), self.count)

    def means(self, samples: Array) -> Array:
        """Average samples, (k, n), over each unit's images: (k, count)."""
        return self.sums(samples) / self.sizes


def units_of(count: int, clusters: Sequence[object] | ArrayLike | None = None) -> Units:
    """Return the units of a number of images.

    Args:
        count: number of images, n.
        clusters: the class of each image, (n,). Without it, or where no class has two images,
            images are the units.

    Raises:
        ValueError: there is not one cluster per image.
    """
    if clusters is not None:
        labels, of = np.unique(np.asarray(clusters), return_inverse=True)
        if of.shape != (count,):
            raise ValueError(f"{of.size} clusters for {count} images")
        if len(labels) < count:
            return Units(of, len(labels))
    return Units(np.arange(count), count)


def checked(samples: ArrayLike) -> Array:
    """Return samples as a float64 array (k, n).

    Raises:
        ValueError: the samples have not two dimensions, or hold NaN or infinity.
    """
    table = np.asarray(samples, np.float64)
    if table.ndim != 2:
        raise ValueError(f"expected samples of shape (k, n), not {table.shape}")
    if not np.isfinite(table).all():
        raise ValueError("samples hold NaN or infinity; leave such images out first")
    return table
