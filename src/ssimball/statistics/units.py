"""What statistics take as independent: images, or classes where classes repeat.

Classes that were sampled from many are the units, since images of a class are alike and another
sample would have other classes. Where the classes are the whole population, another sample would
have the same classes and other images: images are the units.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


class UnitKind(StrEnum):
    """What is independent; values are stored."""

    IMAGES = "images"
    CLASSES = "classes"


@dataclass(frozen=True)
class UnitChoice:
    """What a run takes as independent, and why.

    Attributes:
        kind: images or classes.
        reason: why, as a part of a sentence.
    """

    kind: UnitKind
    reason: str


def choose_units(rule: str, labels: Iterable[int], num_classes: int) -> UnitChoice:
    """Choose what a run takes as independent.

    Args:
        rule: ``images``, ``classes``, or ``auto``: images where the labels are all classes of the
            network or no class repeats, otherwise classes.
        labels: the true class of each image that the network classified, rightly or not.
        num_classes: number of the network's classes.

    Examples:
        >>> choose_units("auto", [0, 0, 1, 1], num_classes=2).reason
        'the 2 classes are all there are'
        >>> choose_units("auto", [0, 0, 1], num_classes=1000)
        UnitChoice(kind=<UnitKind.CLASSES: 'classes'>, reason='classes repeat, and are 2 of 1000')
    """
    if rule != "auto":
        return UnitChoice(UnitKind(rule), "as configured")
    images = list(labels)
    count = len(set(images))
    if count == len(images):
        return UnitChoice(UnitKind.IMAGES, "no class repeats")
    if count == num_classes:
        return UnitChoice(UnitKind.IMAGES, f"the {count} classes are all there are")
    return UnitChoice(UnitKind.CLASSES, f"classes repeat, and are {count} of {num_classes}")


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
        clusters: the class of each image, (n,), where classes are the units.

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
