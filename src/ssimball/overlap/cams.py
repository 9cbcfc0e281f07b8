"""CAMs as references, with the measures that only they have."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from ssimball.overlap.grids import Array, Grids, centre_map
from ssimball.overlap.measures import FIXED_NULLS, OVER_CLASSES, MeasureSettings, shift_rank
from ssimball.overlap.metric import Metric
from ssimball.overlap.references import (
    NOUNS,
    Derange,
    References,
    ValueAndNull,
    mean_of_defined,
    stacked,
)
from ssimball.overlap.scores import inner, rank_basis, residual_ranks, unit_ranks


class Cams(References):
    """The CAMs, with the measures of :data:`FIXED_NULLS` and the partial correlation beside.

    Args:
        grids: by image, the CAM or the reason why there is none.
        textures: by image, the (h, w) local variance or the reason why there is none.
        class_cams: by role and image, the (k, h, w) CAMs of k other classes or the reason why there
            are none; empty where they are not compared.
        settings: top cells and grid.
        derange: makes (draws, n) derangements of n maps.
    """

    def __init__(
        self,
        grids: Grids,
        textures: Grids,
        class_cams: Mapping[str, Grids],
        settings: MeasureSettings,
        derange: Derange,
    ) -> None:
        """Compute the form of every CAM for every measure."""
        super().__init__("cam", grids, settings, derange)
        self.textures, self.class_cams = textures, class_cams
        self._class_ranks = {
            role: self._ranks_of_classes(by_image) for role, by_image in class_cams.items()
        }

    def _measures(self, distortion: str) -> list[str]:
        if distortion != "deficit":
            return super()._measures(distortion)
        fixed = [name for name in FIXED_NULLS if self.class_cams or name not in OVER_CLASSES]
        return [*super()._measures(distortion), *fixed, "partial"]

    def _measured(
        self, distortion: str, stack: Array, rows: NDArray[np.int64]
    ) -> dict[str, ValueAndNull]:
        by_measure = super()._measured(distortion, stack, rows)
        if distortion != "deficit":
            return by_measure
        controls, ranks = self._controls(rows), unit_ranks(stack)
        texture, centre = (inner(ranks, unit_ranks(maps)) for maps in controls.swapaxes(0, 1))
        spearman, _ = by_measure["spearman"]
        values = {
            "shift_rank": shift_rank(stack, self.stack[rows], self.settings),
            "over_texture": spearman - texture,
            "over_centre": spearman - centre,
        }
        for role, class_ranks in self._class_ranks.items():
            correlations = inner(ranks[:, None], class_ranks[rows])
            values[f"over_{role}"] = spearman - mean_of_defined(list(correlations.T), len(rows))
        for name, value in values.items():
            by_measure[name] = value, np.where(np.isfinite(value), FIXED_NULLS[name], np.nan)
        by_measure["partial"] = self._partial(ranks, rows, rank_basis(controls))
        return by_measure

    def _partial(self, ranks: Array, rows: NDArray[np.int64], basis: Array) -> ValueAndNull:
        """Partial rank correlation, given the maps that the basis spans."""
        residual, cams = residual_ranks(ranks, basis), unit_ranks(self.stack)
        draws = [inner(residual, residual_ranks(cams[pair[rows]], basis)) for pair in self.pairings]
        value = inner(residual, residual_ranks(cams[rows], basis))
        return value, mean_of_defined(draws, len(rows))

    def _ranks_of_classes(self, by_image: Grids) -> Array:
        """Ranks of the CAMs of k other classes on each image, (n, k, cells); NaN where missing."""
        given = [by_image.get(image, "none") for image in self.images]
        count = next((len(maps) for maps in given if not isinstance(maps, str)), 1)
        shape = (count, self.settings.grid[0] * self.settings.grid[1])
        missing = np.full(shape, np.nan)
        maps = [missing if isinstance(m, str) else np.asarray(m).reshape(shape) for m in given]
        return unit_ranks(np.array(maps, np.float64).reshape(-1, *shape))

    def _controls(self, rows: NDArray[np.int64]) -> Array:
        """Texture and centre map of each image, (n, 2, cells); a missing texture is NaN."""
        centre = centre_map(self.settings.grid)
        given = [self.textures.get(self.images[row], "none") for row in rows]
        textures = [np.full_like(centre, np.nan) if isinstance(t, str) else t for t in given]
        return np.stack([stacked([texture, centre]) for texture in textures])

    def _undefined(self, image: str, metric: Metric) -> str:
        if metric.measure in OVER_CLASSES:
            cams = self.class_cams[OVER_CLASSES[metric.measure]].get(image, "no such CAM")
            if isinstance(cams, str):
                return cams
            if np.ptp(np.asarray(self.grids[image])):
                return "the CAM of every such class is the same in every cell"
        return self._without_texture(image, metric, super()._undefined(image, metric))

    def _null_undefined(self, image: str, metric: Metric) -> str:
        if metric.measure in FIXED_NULLS:
            # A constant null is missing where the value is.
            return self._undefined(image, metric)
        return self._without_texture(image, metric, super()._null_undefined(image, metric))

    def _without_texture(self, image: str, metric: Metric, reason: str) -> str:
        """The reason, or what is wrong with the texture where the metric needs it."""
        if metric.measure not in ("partial", "over_texture"):
            return reason
        texture = self.textures.get(image, f"no {NOUNS['texture']}")
        if isinstance(texture, str):
            return texture
        if metric.measure == "partial":
            return f"{reason}, or texture and centre explain its ranks"
        return reason if np.ptp(texture) else f"the {NOUNS['texture']} is the same in every cell"
