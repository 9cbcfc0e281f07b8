"""Overlap of the SSIM deficit with class activation maps and object masks, image by image.

Measured of the deficit against the image's own CAM (``_cam``) or pooled object mask (``_mask``):

- ``spearman_*``: Spearman's rank correlation over cells.
- ``top_share_cam``: share of the deficit in the top cells of the CAM. ``share_mask``: share of the
  deficit inside the object, which, unlike a CAM, says itself where it ends.
- ``top_iou_*``: intersection over union of the top cells of both maps.

``*_null`` is the same measure against the map of another image, of whatever class, averaged over
random derangements of the run's images. What all images share, such as objects near the centre, is
in the value and in the null alike. All attacked images count, whether or not they fool the network.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssimball.overlap import Array, inner, jaccard, shares, top_cells, unit_ranks
from ssimball.randomness import generator

_NOUN = {"cam": "CAM", "mask": "object mask"}

Form = Callable[[Array, float], Array]


@dataclass(frozen=True)
class _Measure:
    """``combine`` of a form of the deficits and a form of the references, each found once."""

    of_deficit: Form
    of_reference: Form
    combine: Callable[[Array, Array], Array]


def _ranks(maps: Array, top: float) -> Array:
    return unit_ranks(maps)


def _shares(maps: Array, top: float) -> Array:
    return shares(maps)


def _itself(maps: Array, top: float) -> Array:
    return maps


_MEASURES = {
    "spearman_cam": _Measure(_ranks, _ranks, inner),
    "top_share_cam": _Measure(_shares, top_cells, inner),
    "top_iou_cam": _Measure(top_cells, top_cells, jaccard),
    "spearman_mask": _Measure(_ranks, _ranks, inner),
    "share_mask": _Measure(_shares, _itself, inner),
    "top_iou_mask": _Measure(top_cells, top_cells, jaccard),
}

#: A map on the grid, or the reason why there is none.
GridOrReason = Array | str


class _References:
    """The CAMs, or the masks, of all images, and the derangements that pair them for the null."""

    def __init__(
        self, kind: str, grids: Mapping[str, GridOrReason], top: float, draws: int, seed: int
    ) -> None:
        self.kind, self.grids, self.top = kind, grids, top
        ids = sorted(image for image, grid in grids.items() if not isinstance(grid, str))
        self.place = {image: place for place, image in enumerate(ids)}
        self.others = derangements(len(ids), draws, seed)
        stack = _stack([grids[image] for image in ids])
        chosen = {name: m for name, m in _MEASURES.items() if name.endswith("_" + kind)}
        self.forms = {name: (m, m.of_reference(stack, top)) for name, m in chosen.items() if ids}
        self.metrics = [metric for name in chosen for metric in (name, f"{name}_null")]

    def measure(self, deficits: Mapping[str, GridOrReason]) -> dict[str, dict[str, float]]:
        """Metric -> image -> value, NaN where undefined, over images that have both maps."""
        images = [i for i, d in deficits.items() if i in self.place and not isinstance(d, str)]
        values: dict[str, dict[str, float]] = {metric: {} for metric in self.metrics}
        if not images:
            return values
        stack = _stack([deficits[image] for image in images])
        own = np.array([self.place[image] for image in images])
        for name, (measure, references) in self.forms.items():
            form = measure.of_deficit(stack, self.top)
            found = measure.combine(form, references[own])
            draws = [measure.combine(form, references[other[own]]) for other in self.others]
            values[name] = dict(zip(images, found.tolist(), strict=True))
            null = _mean_of_defined(draws, len(images)).tolist()
            values[f"{name}_null"] = dict(zip(images, null, strict=True))
        return values

    def reason(self, image: str, deficit: GridOrReason, metric: str) -> str:
        """Why an image has no value."""
        noun = _NOUN[self.kind]
        reference = self.grids.get(image, f"no {noun}")
        if isinstance(deficit, str):
            return deficit
        if isinstance(reference, str):
            return reference
        if not np.ptp(deficit):
            return "the SSIM deficit is the same in every cell"
        if metric.endswith("_null"):
            return f"no {noun} of another image to compare with"
        return f"the {noun} is the same in every cell"


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
    deficits: Mapping[str, Mapping[str, GridOrReason]],
    masks: Mapping[str, GridOrReason],
    *,
    top: float,
    null_draws: int,
    seed: int,
) -> list[dict[str, Any]]:
    """Every overlap metric of every image under every attack: rows of contracts.OVERLAP.

    Args:
        image_ids: all images of the run.
        cams: by image, the (h, w) class activation map or the reason why there is none.
        deficits: by attack and image, the (h, w) pooled SSIM deficit, or the reason (the status of
            the attack).
        masks: by image, the (h, w) share of each cell inside the object, or a reason; empty where
            the data set has no masks, and then nothing is measured against them.
        top: share of the cells that counts as the top.
        null_draws: derangements averaged for the null; the same ones for all attacks and metrics.
            They depend on the seed and on the sorted ids of the images that have a CAM (a mask).
        seed: seed of the derangements.
    """
    references = [_References("cam", cams, top, null_draws, seed)]
    if masks:
        references.append(_References("mask", masks, top, null_draws, seed))
    rows = []
    for attack, grids in deficits.items():
        for reference in references:
            for metric, values in reference.measure(grids).items():
                for image in image_ids:
                    value = values.get(image, np.nan)
                    row = {"image_id": image, "attack": attack, "metric": metric}
                    if np.isfinite(value):
                        rows.append({**row, "value": value, "reason": None})
                    else:
                        reason = reference.reason(image, grids.get(image, "no SSIM map"), metric)
                        rows.append({**row, "value": None, "reason": reason})
    return rows


def _stack(grids: Sequence[GridOrReason]) -> Array:
    """(N, cells) of N grids."""
    return np.array([np.ravel(np.asarray(grid)) for grid in grids], np.float64)


def _mean_of_defined(draws: Sequence[Array], count: int) -> Array:
    """Mean over draws of the values that are not NaN; NaN where there is none."""
    table = np.array(draws).reshape(-1, count)
    known = np.isfinite(table)
    total, number = np.where(known, table, 0.0).sum(axis=0), known.sum(axis=0)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)
