"""Maps that distortions are compared with, each with its null of other images' maps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ssimball.overlap.grids import Array, GridOrReason, Grids
from ssimball.overlap.measures import MEASURES, MeasureSettings, measures_of
from ssimball.overlap.metric import Metric

#: From the number of maps, (draws, n): permutations that leave no map in its place.
Derange = Callable[[int], NDArray[np.int64]]
#: Value and null of each image, (n,), NaN where undefined; no null where there cannot be one.
ValueAndNull = tuple[Array, Array | None]

#: What a map is called in reasons; an explanation goes by its name.
NOUNS = {
    "cam": "CAM",
    "mask": "object mask",
    "texture": "local variance",
    "centre": "centre map",
}


@dataclass(frozen=True)
class MetricValues:
    """A metric of all images that have both maps.

    Attributes:
        metric: what was measured.
        images: ids, n of them.
        values: (n,), NaN where undefined.
        nulls: (n,), the mean of the same measure against other images' maps, NaN where undefined.
            None where the metric has no null.
    """

    metric: Metric
    images: Sequence[str]
    values: Array
    nulls: Array | None


class References:
    """The maps of one reference for all images, and the pairings that make its null.

    Args:
        reference: ``cam``, ``mask``, ``texture``, ``centre`` or the name of another explanation.
        grids: by image, the (h, w) map or the reason why there is none.
        settings: top cells and grid.
        derange: makes (draws, n) derangements of n maps.
    """

    def __init__(
        self, reference: str, grids: Grids, settings: MeasureSettings, derange: Derange
    ) -> None:
        """Compute the form of every map for every measure."""
        self.reference, self.grids, self.settings = reference, grids, settings
        self.images = sorted(image for image, grid in grids.items() if not isinstance(grid, str))
        self.index = {image: index for index, image in enumerate(self.images)}
        self.pairings = derange(len(self.images))
        self.stack = stacked([grids[image] for image in self.images])
        names = {*measures_of(reference, "deficit"), *measures_of(reference, "squared")}
        self.forms = {
            name: MEASURES[name].of_reference(self.stack, settings) for name in names if self.images
        }

    def measure(self, distortion: str, grids: Grids) -> list[MetricValues]:
        """Measure every metric of a distortion against this reference.

        Args:
            distortion: its name.
            grids: by image, its (h, w) map or the reason why there is none.
        """
        images = [i for i, grid in grids.items() if i in self.index and not isinstance(grid, str)]
        if images:
            rows = np.array([self.index[image] for image in images])
            by_measure = self._measured(distortion, stacked([grids[i] for i in images]), rows)
        else:
            none = np.empty(0)
            by_measure = dict.fromkeys(self._measures(distortion), (none, none))
        return [
            MetricValues(Metric(name, self.reference, distortion), images, value, null)
            for name, (value, null) in by_measure.items()
        ]

    def _measures(self, distortion: str) -> list[str]:
        return measures_of(self.reference, distortion)

    def _measured(
        self, distortion: str, stack: Array, rows: NDArray[np.int64]
    ) -> dict[str, ValueAndNull]:
        """Value and null by measure.

        Args:
            distortion: its name.
            stack: (n, cells), its maps.
            rows: (n,), the row of the same image in :attr:`stack`.
        """
        by_measure: dict[str, ValueAndNull] = {}
        for name in measures_of(self.reference, distortion):
            measure, references = MEASURES[name], self.forms[name]
            form = measure.of_distortion(stack, self.settings)
            value, null = measure.combine(form, references[rows]), None
            if Metric(name, self.reference).has_null:
                draws = [measure.combine(form, references[pair[rows]]) for pair in self.pairings]
                null = mean_of_defined(draws, len(rows))
            by_measure[name] = value, null
        return by_measure

    def reason(self, image: str, grid: GridOrReason, metric: Metric) -> str:
        """Say why an image has no value in a metric.

        Args:
            image: its id.
            grid: its distortion, or the reason why there is none.
            metric: the metric.
        """
        return self._missing_map(image, grid) or self._undefined(image, metric)

    def null_reason(self, image: str, grid: GridOrReason, metric: Metric) -> str:
        """Say why an image has no null in a metric; arguments as for :meth:`reason`."""
        return self._missing_map(image, grid) or self._null_undefined(image, metric)

    @property
    def noun(self) -> str:
        """What a map of this reference is called."""
        return NOUNS.get(self.reference, self.reference)

    def _missing_map(self, image: str, grid: GridOrReason) -> str | None:
        """Which of the two maps is missing, or that the distortion is constant."""
        reference = self.grids.get(image, f"no {self.noun}")
        if isinstance(grid, str):
            return grid
        if isinstance(reference, str):
            return reference
        return None if np.ptp(grid) else "the distortion is the same in every cell"

    def _undefined(self, image: str, metric: Metric) -> str:
        """Why an image that has both maps has no value."""
        return f"the {self.noun} is the same in every cell"

    def _null_undefined(self, image: str, metric: Metric) -> str:
        """Why an image that has both maps has no null."""
        if not metric.has_null:
            return f"the {self.noun} is the same for all images"
        return f"no {self.noun} of another image to compare with"


def stacked(grids: Sequence[GridOrReason]) -> Array:
    """Return N grids as rows, (N, cells)."""
    return np.array([np.ravel(np.asarray(grid)) for grid in grids], np.float64)


def mean_of_defined(draws: Sequence[Array], count: int) -> Array:
    """Average over draws the values that are not NaN.

    Args:
        draws: arrays (count,).
        count: number of values of a draw.

    Returns:
        (count,), NaN where no draw is defined.
    """
    table = np.array(draws).reshape(-1, count)
    defined = np.isfinite(table)
    total, number = np.where(defined, table, 0.0).sum(axis=0), defined.sum(axis=0)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)
