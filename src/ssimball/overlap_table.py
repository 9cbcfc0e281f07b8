"""Overlap of distortions with class activation maps and other maps, image by image.

Measured of the deficit against the image's own CAM (``_cam``) or pooled object mask (``_mask``):

- ``spearman_*``, ``pearson_*``: correlation over cells, of ranks and of values.
- ``top_share_cam``: share of the deficit in the top cells of the CAM. ``share_mask``: share of the
  deficit inside the object, which, unlike a CAM, says itself where it ends.
- ``share_area_*``: area under the curve of that share for all sizes of the top; 1/2 at random.
- ``top_iou_*``: intersection over union of the top cells of both maps.
- ``pointing_*``: pointing game, whether the deficit's largest cell is one of the map's top cells.
- ``auc_*``: area under the ROC curve of the map as detector of the deficit's top cells.
- ``distance_*``: between the centres of mass, in diagonals of the grid: small is near.
- ``partial_cam``: ``spearman_cam`` given the image's texture and the centre of the grid.
- ``shift_rank_cam``: share of the CAM's toroidal shifts that correlate less than the CAM itself;
  its null is 1/2.
- ``spearman_texture``, ``spearman_centre``: against the image's local variance, and against a
  Gaussian around the middle, which tells how far either would do in place of a CAM.

``<measure>_<reference>_of_<distortion>`` is of another distortion than the SSIM deficit, e.g. its
luminance part or the absolute change of green; ``interpretability_cam_of_squared`` is the score of
StrAttack (Xu et al. 2019): the norm of the perturbation in the CAM's top cells over its norm.
``spearman_<explanation>`` and ``top_share_<explanation>`` are of the deficit and another
explanation of the true class, pooled to the CAM's grid.

``*_null`` is the same measure against the map of another image, of whatever class, averaged over
random derangements of the run's images. What all images share, such as objects near the centre, is
in the value and in the null alike. All attacked images count, whether or not they fool the network.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssimball.overlap import (
    Array,
    GridOrReason,
    beyond,
    centre_map,
    grid_of,
    inner,
    spanned,
    unit_ranks,
)
from ssimball.overlap_measures import MEASURES, Terms, measures_of, shift_rank
from ssimball.randomness import generator

_NOUN = {
    "cam": "CAM",
    "mask": "object mask",
    "texture": "local variance",
    "centre": "centre map",
}


class _References:
    """One kind of map for all images, and the derangements that pair them for the null."""

    def __init__(
        self, kind: str, grids: Mapping[str, GridOrReason], terms: Terms, draws: int, seed: int
    ) -> None:
        self.kind, self.grids, self.terms = kind, grids, terms
        ids = sorted(image for image, grid in grids.items() if not isinstance(grid, str))
        self.place = {image: place for place, image in enumerate(ids)}
        self.others = derangements(len(ids), draws, seed)
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
        return _NOUN.get(self.kind, self.kind)

    def _undefined(self, image: str, metric: str) -> str:
        """Why an image that has both maps has no value."""
        if metric.endswith("_null"):
            return f"no {self.noun} of another image to compare with"
        return f"the {self.noun} is the same in every cell"


class _Cams(_References):
    """The CAMs, with what only they are measured by."""

    def __init__(
        self,
        grids: Mapping[str, GridOrReason],
        controls: Mapping[str, GridOrReason],
        terms: Terms,
        draws: int,
        seed: int,
    ) -> None:
        super().__init__("cam", grids, terms, draws, seed)
        self.controls = controls

    def _metrics(self, distortion: str) -> list[str]:
        own = [*self._names("partial"), *self._names("shift_rank")]
        return [*super()._metrics(distortion), *(own if distortion == "deficit" else [])]

    def _found(self, distortion: str, stack: Array, own: NDArray[np.int64]) -> dict[str, Array]:
        found = super()._found(distortion, stack, own)
        if distortion != "deficit":
            return found
        rank = shift_rank(stack, self.stack[own], self.terms)
        found |= {"shift_rank_cam": rank, "shift_rank_cam_null": np.where(rank >= 0, 0.5, np.nan)}
        ids = np.array(list(self.place))[own]
        # NaN makes the result undefined.
        unknown = np.full((2, stack.shape[1]), np.nan)
        given = [self.controls.get(image, "none") for image in ids]
        basis = spanned(np.array([unknown if isinstance(maps, str) else maps for maps in given]))
        rest, cams = beyond(unit_ranks(stack), basis), unit_ranks(self.stack)
        draws = [inner(rest, beyond(cams[other[own]], basis)) for other in self.others]
        found["partial_cam"] = inner(rest, beyond(cams[own], basis))
        found["partial_cam_null"] = _mean_of_defined(draws, len(own))
        return found

    def _undefined(self, image: str, metric: str) -> str:
        found = super()._undefined(image, metric)
        if not metric.startswith("partial"):
            return found
        given = self.controls.get(image)
        return (
            given if isinstance(given, str) else f"{found}, or texture and centre explain its ranks"
        )


def derangements(count: int, draws: int, seed: int) -> NDArray[np.int64]:
    """Uniformly random permutations of ``range(count)`` without fixed points.

    Returns:
        (draws, count), or (0, count) when count < 2: there is none.
    """
    rng = generator(seed, "derangements")
    kept: list[NDArray[np.int64]] = []
    while count > 1 and len(kept) < draws:
        permutation = rng.permutation(count)
        if (permutation != np.arange(count)).all():
            kept.append(permutation)
    return np.array(kept, np.int64).reshape(len(kept), count)


def overlap_table(
    image_ids: Sequence[str],
    cams: Mapping[str, GridOrReason],
    distortions: Mapping[str, Mapping[str, Mapping[str, GridOrReason]]],
    masks: Mapping[str, GridOrReason],
    textures: Mapping[str, GridOrReason],
    explanations: Mapping[str, Mapping[str, GridOrReason]],
    *,
    top: float,
    null_draws: int,
    seed: int,
) -> list[dict[str, Any]]:
    """Every overlap metric of every image under every attack: rows of contracts.overlap.OVERLAP.

    Args:
        image_ids: all images of the run.
        cams: by image, the (h, w) class activation map or the reason why there is none.
        distortions: by attack, name (``deficit`` and others) and image, the (h, w) pooled
            distortion, or the reason (the status of the attack).
        masks: by image, the (h, w) share of each cell inside the object, or a reason; empty where
            the data set has no masks, and then nothing is measured against them.
        textures: by image, the (h, w) pooled local variance, or a reason.
        explanations: by name and image, other explanations on the CAM's grid, or a reason.
        top: share of the cells that counts as the top.
        null_draws: derangements averaged for the null; the same ones for all attacks and metrics.
            They depend on the seed and on the sorted ids of the images that have a CAM (a mask).
        seed: seed of the derangements.
    """
    grid = grid_of(cams)
    terms, centre = Terms(top, grid), centre_map(grid)
    kinds = {"mask": masks, "texture": textures, "centre": dict.fromkeys(image_ids, centre)}
    controls = _controls(textures, centre)
    references: list[_References] = [_Cams(cams, controls, terms, null_draws, seed)]
    references += [
        _References(kind, grids, terms, null_draws, seed)
        for kind, grids in {**kinds, **explanations}.items()
        if grids
    ]
    rows = []
    for attack, maps in distortions.items():
        for name, reference in product(maps, references):
            for metric, values in reference.measure(name, maps[name]).items():
                for image in image_ids:
                    value = values.get(image, np.nan)
                    row = {"image_id": image, "attack": attack, "metric": metric}
                    if np.isfinite(value):
                        rows.append({**row, "value": value, "reason": None})
                    else:
                        grid_or_reason = maps[name].get(image, "no map of the distortion")
                        reason = reference.reason(image, grid_or_reason, metric)
                        rows.append({**row, "value": None, "reason": reason})
    return rows


def _controls(textures: Mapping[str, GridOrReason], centre: Array) -> dict[str, GridOrReason]:
    """Texture and centre map, (2, cells), of every image that has a texture, or a reason."""
    return {
        image: grid if isinstance(grid, str) else _stack([grid, centre])
        for image, grid in textures.items()
    }


def _stack(grids: Sequence[GridOrReason]) -> Array:
    """(N, cells) of N grids."""
    return np.array([np.ravel(np.asarray(grid)) for grid in grids], np.float64)


def _mean_of_defined(draws: Sequence[Array], count: int) -> Array:
    """Mean over draws of the values that are not NaN; NaN where there is none."""
    table = np.array(draws).reshape(-1, count)
    known = np.isfinite(table)
    total, number = np.where(known, table, 0.0).sum(axis=0), known.sum(axis=0)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)
