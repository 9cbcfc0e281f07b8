"""The measures of overlap of a distortion with a reference map, computed for stacks of maps.

A measure combines two *forms*: one of the distortion, one of the reference, such as ranks, shares
or top cells. A form is computed once per map and the combination is cheap, so that a null of many
pairings costs little.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from ssimball.overlap.grids import Array
from ssimball.overlap.scores import (
    centroid,
    detection_ranks,
    inner,
    jaccard,
    peak,
    shares,
    top_cells,
    unit,
    unit_ranks,
)
from ssimball.storage.contracts.class_roles import ROLES
from ssimball.storage.contracts.distortion_names import DISTORTIONS


@dataclass(frozen=True)
class MeasureSettings:
    """What forms depend on beside the map.

    Attributes:
        top: share of the cells that counts as the top, in (0, 1).
        grid: (h, w) of all maps.
    """

    top: float
    grid: tuple[int, int]

    @property
    def count(self) -> int:
        """Number of top cells."""
        cells = self.grid[0] * self.grid[1]
        return min(max(round(self.top * cells), 1), cells)


#: From maps (n, cells) to their forms, whose last axis :attr:`Measure.combine` reduces.
Form = Callable[[Array, MeasureSettings], Array]


@dataclass(frozen=True)
class Measure:
    """A measure: the forms of both maps, and how they combine.

    Attributes:
        of_distortion: form of the distortion.
        of_reference: form of the reference.
        combine: (n, ...) and (n, ...) to (n,).
        references: the references that the SSIM deficit is compared with.
    """

    of_distortion: Form
    of_reference: Form
    combine: Callable[[Array, Array], Array]
    references: tuple[str, ...] = ("cam", "mask")


def _form(function: Callable[..., Array]) -> Form:
    """Make a form of a function that needs no settings."""
    return lambda maps, settings: function(maps)


def _top(maps: Array, settings: MeasureSettings) -> Array:
    return top_cells(maps, settings.top)


def _top_mean(maps: Array, settings: MeasureSettings) -> Array:
    return _top(maps, settings) / settings.count


def _detection(maps: Array, settings: MeasureSettings) -> Array:
    cells = maps.shape[-1]
    if settings.count == cells:
        return np.full(maps.shape, np.nan)
    return detection_ranks(maps, settings.count)


def _centroid(maps: Array, settings: MeasureSettings) -> Array:
    return centroid(maps, settings.grid)


def _distance(first: Array, second: Array) -> Array:
    lengths: Array = np.linalg.norm(first - second, axis=-1)
    return lengths


def _root_of_inner(first: Array, second: Array) -> Array:
    """From shares of the squared change: the norm of its part in some cells over the whole norm."""
    return np.sqrt(inner(first, second))


def _itself(maps: Array, settings: MeasureSettings) -> Array:
    return maps


_RANKS, _SHARES, _PEAK, _CENTRED = map(_form, (unit_ranks, shares, peak, unit))
_LEAD = _form(partial(detection_ranks, count=0))

#: Measures by name; ssimball.overlap.table describes each.
MEASURES: dict[str, Measure] = {
    "spearman": Measure(_RANKS, _RANKS, inner, ("cam", "mask", "texture", "centre")),
    "pearson": Measure(_CENTRED, _CENTRED, inner),
    "top_share": Measure(_SHARES, _top, inner, ("cam",)),
    "interpretability": Measure(_SHARES, _top, _root_of_inner, ()),
    "share": Measure(_SHARES, _itself, inner, ("mask",)),
    "share_area": Measure(_SHARES, _LEAD, inner),
    "top_iou": Measure(_top, _top, jaccard),
    "pointing": Measure(_PEAK, _top, inner),
    "auc": Measure(_top_mean, _detection, inner),
    "distance": Measure(_centroid, _centroid, _distance),
}
#: Measures against the CAM alone whose null is one number, and that number.
FIXED_NULLS = {"shift_rank": 0.5, "over_texture": 0.0, "over_centre": 0.0}
#: Those that compare the CAM of the true class with the CAMs of other classes, and their role.
OVER_CLASSES = {f"over_{role}": role for role in ROLES}
FIXED_NULLS |= dict.fromkeys(OVER_CLASSES, 0.0)
#: By reference, measures of distortions other than the SSIM deficit. Those of ``cam`` are also
#: measures of the SSIM deficit against other explanations.
SECONDARY = {"cam": ("spearman", "top_share"), "mask": ("spearman", "share")}


def measures_of(reference: str, distortion: str) -> list[str]:
    """Name the measures that a distortion is compared with a reference by.

    Args:
        reference: ``cam``, ``mask``, ``texture``, ``centre``, or the name of another explanation.
        distortion: a name of :data:`ssimball.storage.contracts.distortion_names.DISTORTIONS`.

    Returns:
        Keys of :data:`MEASURES`.
    """
    if distortion != "deficit":
        squared = reference == "cam" and DISTORTIONS[distortion][0] == "squared"
        return [*SECONDARY.get(reference, ()), *(["interpretability"] if squared else [])]
    measures = [name for name, measure in MEASURES.items() if reference in measure.references]
    return measures or list(SECONDARY["cam"])


def shift_rank(deficits: Array, references: Array, settings: MeasureSettings) -> Array:
    """Return the share of a reference's toroidal shifts that correlate less with the SSIM deficit.

    All shifts of the grid but the identity are compared with the unshifted reference; equal
    correlations count half. Shifts keep the smoothness of a map, which other nulls do not. The
    expected rank is 1/2 where the position of the reference makes no difference.

    Args:
        deficits: (n, h * w).
        references: (n, h * w).
        settings: the grid.

    Returns:
        (n,) in [0, 1], NaN where a map is constant or the grid has one cell.
    """
    ranks, maps = unit_ranks(deficits), unit_ranks(references).reshape(-1, *settings.grid)
    value = inner(ranks, maps.reshape(ranks.shape))
    less = np.zeros(len(ranks))
    shifts = [(i, j) for i in range(settings.grid[0]) for j in range(settings.grid[1])][1:]
    for shift in shifts:
        moved = np.roll(maps, shift, axis=(1, 2)).reshape(ranks.shape)
        difference = value - inner(ranks, moved)
        # Sums of the same ranks in another order differ by rounding.
        less += np.where(np.abs(difference) < 1e-12, 0.5, difference > 0)
    return np.where(np.isfinite(value), less / len(shifts) if shifts else np.nan, np.nan)
