"""Maps that distortions are measured against, each with its own null."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ssimball.overlap.grids import Array, GridOrReason, centre_map
from ssimball.overlap.measures import MEASURES, Terms, measures_of, shift_rank
from ssimball.overlap.scores import beyond, inner, spanned, unit_ranks

Derange = Callable[[int], NDArray[np.int64]]

_NOUN = {
    "cam": "CAM",
    "mask": "object mask",
    "texture": "local variance",
    "centre": "centre map",
}
#: Measures against the CAM whose null is one number.
_NULLS = {"shift_rank": 0.5, "over_texture": 0.0, "over_centre": 0.0}


class References:
    """One kind of map for all images, and the derangements that pair them for the null.

    Args:
        kind: ``cam``, ``mask``, ``texture``, ``centre`` or the name of another explanation.
        grids: by image, the (h, w) map or the reason why there is none.
        terms: of the measures.
        derange: (draws, n) derangements of n maps.
    """

    def __init__(
        self, kind: str, grids: Mapping[str, GridOrReason], terms: Terms, derange: Derange
    ) -> None:
        self.kind, self.grids, self.terms = kind, grids, terms
        ids = sorted(image for image, grid in grids.items() if not isinstance(grid, str))
        self.place = {image: place for place, image in enumerate(ids)}
        self.others = derange(len(ids))
        self.stack = _stack([grids[image] for image in ids])
        names = set(measures_of(kind, "deficit")) | set(measures_of(kind, "squared"))
        self.forms = {n: MEASURES[n].of_reference(self.stack, terms) for n in names if ids}

    def measure(
        self, distortion: str, grids: Mapping[str, GridOrReason]
    ) -> dict[str, dict[str, float]]:
        """Metric -> image -> value, NaN where undefined, over images that have both maps."""
        images = [i for i, d in grids.items() if i in self.place and not isinstance(d, str)]
        values: dict[str, dict[str, float]] = {name: {} for name in self._metrics(distortion)}
        if not images:
            return values
        stack = _stack([grids[image] for image in images])
        own = np.array([self.place[image] for image in images])
        for metric, found in self._found(distortion, stack, own).items():
            values[metric] = dict(zip(images, found.tolist(), strict=True))
        return values

    def _metrics(self, distortion: str) -> list[str]:
        measures = measures_of(self.kind, distortion)
        return [name for measure in measures for name in self._names(measure, distortion)]

    def _found(self, distortion: str, stack: Array, own: NDArray[np.int64]) -> dict[str, Array]:
        found: dict[str, Array] = {}
        for name in measures_of(self.kind, distortion):
            measure, references = MEASURES[name], self.forms[name]
            form = measure.of_deficit(stack, self.terms)
            value, *null = self._names(name, distortion)
            found[value] = measure.combine(form, references[own])
            if null:
                draws = [measure.combine(form, references[other[own]]) for other in self.others]
                found[null[0]] = _mean_of_defined(draws, len(own))
        return found

    def _names(self, measure: str, distortion: str = "deficit") -> list[str]:
        """A metric and its null. The centre is the same for all images: it has none."""
        metric = f"{measure}_{self.kind}"
        if distortion != "deficit":
            metric += f"_of_{distortion}"
        return [metric] if self.kind == "centre" else [metric, f"{metric}_null"]

    def reason(self, image: str, grid: GridOrReason, metric: str) -> str:
        """Why an image has no value."""
        reference = self.grids.get(image, f"no {self.noun}")
        if isinstance(grid, str):
            return grid
        if isinstance(reference, str):
            return reference
        if not np.ptp(grid):
            return "the distortion is the same in every cell"
        return self._undefined(image, metric)

    @property
    def noun(self) -> str:
        """What a map of the kind is called."""
        return _NOUN.get(self.kind, self.kind)

    def _undefined(self, image: str, metric: str) -> str:
        """Why an image that has both maps has no value."""
        if metric.endswith("_null"):
            return f"no {self.noun} of another image to compare with"
        return f"the {self.noun} is the same in every cell"


class Cams(References):
    """The CAMs, with what only they are measured by.

    Args:
        grids, terms, derange: as of other references.
        textures: by image, the (h, w) local variance or the reason why there is none.
    """

    def __init__(
        self,
        grids: Mapping[str, GridOrReason],
        textures: Mapping[str, GridOrReason],
        terms: Terms,
        derange: Derange,
    ) -> None:
        super().__init__("cam", grids, terms, derange)
        self.textures = textures

    def _metrics(self, distortion: str) -> list[str]:
        own = [name for measure in (*_NULLS, "partial") for name in self._names(measure)]
        return [*super()._metrics(distortion), *(own if distortion == "deficit" else [])]

    def _found(self, distortion: str, stack: Array, own: NDArray[np.int64]) -> dict[str, Array]:
        found = super()._found(distortion, stack, own)
        if distortion != "deficit":
            return found
        controls, ranks = self._controls(own), unit_ranks(stack)
        texture, centre = (inner(ranks, unit_ranks(maps)) for maps in controls.swapaxes(0, 1))
        values = {
            "shift_rank": shift_rank(stack, self.stack[own], self.terms),
            "over_texture": found["spearman_cam"] - texture,
            "over_centre": found["spearman_cam"] - centre,
        }
        for measure, value in values.items():
            null = np.where(np.isfinite(value), _NULLS[measure], np.nan)
            found |= zip(self._names(measure), (value, null), strict=True)
        return found | self._partial(ranks, own, spanned(controls))

    def _partial(self, ranks: Array, own: NDArray[np.int64], basis: Array) -> dict[str, Array]:
        rest, cams = beyond(ranks, basis), unit_ranks(self.stack)
        draws = [inner(rest, beyond(cams[other[own]], basis)) for other in self.others]
        return {
            "partial_cam": inner(rest, beyond(cams[own], basis)),
            "partial_cam_null": _mean_of_defined(draws, len(own)),
        }

    def _controls(self, own: NDArray[np.int64]) -> Array:
        """Texture and centre map of each image, (n, 2, cells); a missing texture is NaN."""
        centre = centre_map(self.terms.grid)
        given = [self.textures.get(image, "none") for image in np.array(list(self.place))[own]]
        textures = [np.full_like(centre, np.nan) if isinstance(t, str) else t for t in given]
        return np.stack([_stack([texture, centre]) for texture in textures])

    def _undefined(self, image: str, metric: str) -> str:
        if metric.startswith(tuple(_NULLS)):
            # A constant null is missing where the value is.
            metric = metric.removesuffix("_null")
        found = super()._undefined(image, metric)
        if not metric.startswith(("partial", "over_texture")):
            return found
        texture = self.textures.get(image, f"no {_NOUN['texture']}")
        if isinstance(texture, str):
            return texture
        if metric.startswith("partial"):
            return f"{found}, or texture and centre explain its ranks"
        return found if np.ptp(texture) else f"the {_NOUN['texture']} is the same in every cell"


def _stack(grids: Sequence[GridOrReason]) -> Array:
    """(N, cells) of N grids."""
    return np.array([np.ravel(np.asarray(grid)) for grid in grids], np.float64)


def _mean_of_defined(draws: Sequence[Array], count: int) -> Array:
    """Mean over draws of the values that are not NaN; NaN where there is none."""
    table = np.array(draws).reshape(-1, count)
    known = np.isfinite(table)
    total, number = np.where(known, table, 0.0).sum(axis=0), known.sum(axis=0)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)
