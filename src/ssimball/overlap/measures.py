"""The measures of overlap of the SSIM deficit with a reference map, computed for stacks of maps.

Each is a form of the deficits and a form of the references, found once for every map, and a cheap
product of the two, so that a null of many pairings costs little.
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
from ssimball.storage.contracts.distortion_names import DISTORTIONS


@dataclass(frozen=True)
class Terms:
    """``top``: share of the cells that counts as the top; ``grid``: (h, w) of all maps."""

    top: float
    grid: tuple[int, int]

    @property
    def count(self) -> int:
        """Number of top cells."""
        cells = self.grid[0] * self.grid[1]
        return min(max(round(self.top * cells), 1), cells)


Form = Callable[[Array, Terms], Array]


@dataclass(frozen=True)
class Measure:
    """``combine`` of a form of the deficits and a form of the references, each found once.

    ``references``: kinds of map that it is measured against.
    """

    of_deficit: Form
    of_reference: Form
    combine: Callable[[Array, Array], Array]
    references: tuple[str, ...] = ("cam", "mask")


def _form(function: Callable[..., Array]) -> Form:
    """A form that needs no terms."""
    return lambda maps, terms: function(maps)


def _top(maps: Array, terms: Terms) -> Array:
    return top_cells(maps, terms.top)


def _top_mean(maps: Array, terms: Terms) -> Array:
    return _top(maps, terms) / terms.count


def _detection(maps: Array, terms: Terms) -> Array:
    cells = maps.shape[-1]
    if terms.count == cells:
        return np.full(maps.shape, np.nan)
    return detection_ranks(maps, terms.count)


def _centroid(maps: Array, terms: Terms) -> Array:
    return centroid(maps, terms.grid)


def _distance(first: Array, second: Array) -> Array:
    found: Array = np.linalg.norm(first - second, axis=-1)
    return found


def _root_of_inner(first: Array, second: Array) -> Array:
    """Of shares of the squared change: the norm of its part in a set of cells over its own."""
    return np.sqrt(inner(first, second))


def _itself(maps: Array, terms: Terms) -> Array:
    return maps


_RANKS, _SHARES, _PEAK, _CENTRED = map(_form, (unit_ranks, shares, peak, unit))
_LEAD = _form(partial(detection_ranks, count=0))

#: By the first part of a metric's name; the second is the kind of reference.
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

#: Of distortions other than the deficit; those of ``cam`` also of the deficit and explanations.
SECONDARY = {"cam": ("spearman", "top_share"), "mask": ("spearman", "share")}
#: Metrics of the deficit against CAM, mask, texture and centre; other metrics are secondary.
PRIMARY = frozenset(
    {f"{name}_{kind}" for name, measure in MEASURES.items() for kind in measure.references}
    | {"partial_cam", "shift_rank_cam", "over_texture_cam", "over_centre_cam"}
)


def measures_of(kind: str, distortion: str) -> list[str]:
    """Which of MEASURES a distortion is measured by against a kind of reference.

    Args:
        kind: ``cam``, ``mask``, ``texture``, ``centre``, or the name of another explanation.
        distortion: a name of :data:`ssimball.storage.contracts.distortion_names.DISTORTIONS`.
    """
    if distortion != "deficit":
        squared = kind == "cam" and DISTORTIONS[distortion][0] == "squared"
        return [*SECONDARY.get(kind, ()), *(["interpretability"] if squared else [])]
    own = [name for name, measure in MEASURES.items() if kind in measure.references]
    return own or list(SECONDARY["cam"])


def shift_rank(deficits: Array, references: Array, terms: Terms) -> Array:
    """Share of the toroidal shifts of a reference that correlate less with the deficit than itself.

    All shifts of the grid but none; equal correlations count half. Shifts keep a map's own
    smoothness, which other nulls do not: 1/2 where place is all that could matter and does not.

    Args:
        deficits, references: (n, h * w).

    Returns:
        (n,) in [0, 1], NaN where a map is constant or the grid has one cell.
    """
    own, maps = unit_ranks(deficits), unit_ranks(references).reshape(-1, *terms.grid)
    value = inner(own, maps.reshape(own.shape))
    less = np.zeros(len(own))
    shifts = [(i, j) for i in range(terms.grid[0]) for j in range(terms.grid[1])][1:]
    for shift in shifts:
        moved = np.roll(maps, shift, axis=(1, 2)).reshape(own.shape)
        difference = value - inner(own, moved)
        # Sums of the same ranks in another order differ by rounding.
        less += np.where(np.abs(difference) < 1e-12, 0.5, difference > 0)
    return np.where(np.isfinite(value), less / len(shifts) if shifts else np.nan, np.nan)
