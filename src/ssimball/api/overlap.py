"""How far the distortion of adversarial images lies where a network looks."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ssimball.api.cam import Cam
from ssimball.api.result import Result
from ssimball.config.overlap import OverlapConfig
from ssimball.errors import InputError
from ssimball.overlap.grids import pool_to_grid, without_rounding
from ssimball.overlap.measures import MEASURES, MeasureSettings

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Overlap:
    """Measures of overlap of the SSIM deficit with a map on its grid, float64 (B,) each.

    They are NaN where a map is constant, and say nothing without a null: compare them with the
    overlap with maps of other images.

    Attributes:
        spearman: rank correlation over the cells, in [-1, 1].
        top_share: share of the SSIM deficit in the map's top cells, in [0, 1].
        top_iou: intersection over union of the top cells of both, in [0, 1].
        deficit: the SSIM deficit, 1 - SSIM, pooled to the grid, (B, h, w).
        top: share of the cells that counts as the top.
    """

    spearman: Array
    top_share: Array
    top_iou: Array
    deficit: Array
    top: float


def overlap(
    result: Result[Any], maps: Cam[Any] | Tensor | NDArray[Any], *, top: float | None = None
) -> Overlap:
    """Return how far the distortion of adversarial images agrees with maps of the clean ones.

    The measures are those of the pipeline: :mod:`ssimball.overlap.measures`.

    Args:
        result: what :func:`ssimball.attack` returned.
        maps: what :func:`ssimball.cam` returned for the clean images, or other maps of theirs,
            (B, h, w) or (h, w).
        top: share of the cells that counts as the top, between 0 and 1; None: 0.2, the pipeline's
            default.

    Raises:
        InputError: the maps are not one for each image, or have more cells than the SSIM map.
    """
    if not isinstance(result, Result):
        kind = type(result).__name__
        raise InputError(f"result: expected what ssimball.attack returned, got {kind}")
    settings = OverlapConfig() if top is None else _settings(top)
    references = _references(maps)
    deficits = result.deficits().numpy()
    if len(references) != len(deficits):
        raise InputError(
            f"maps: {len(references)}, but the result has {len(deficits)} images; give one for each"
        )
    grid = (references.shape[1], references.shape[2])
    try:
        pooled = np.stack([without_rounding(pool_to_grid(d, result.size, grid)) for d in deficits])
    except ValueError:
        raise InputError(
            f"maps: a grid of {grid[0]} x {grid[1]} on images of {result.size[0]} x "
            f"{result.size[1]} has cells without a window's centre, as windows of SSIM are centred "
            "5 pixels or more from the border; use maps of fewer cells"
        ) from None
    measured = _measure(pooled, references, MeasureSettings(settings.top, grid))
    return Overlap(**measured, deficit=pooled, top=settings.top)


def _settings(top: float) -> OverlapConfig:
    if not 0 < top < 1:
        raise InputError(f"top: {top} should lie between 0 and 1")
    return OverlapConfig(top=float(top))


def _references(maps: Cam[Any] | Tensor | NDArray[Any]) -> Array:
    values = maps.maps if isinstance(maps, Cam) else maps
    values = values.detach().cpu().double().numpy() if isinstance(values, Tensor) else values
    try:
        array = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        kind = type(values).__name__
        raise InputError(f"maps: expected a Cam, tensor or array of numbers, got {kind}") from None
    array = array[None] if array.ndim == 2 else array
    if array.ndim != 3:
        raise InputError(f"maps: shape {array.shape}, expected (B, h, w) or (h, w)")
    if not np.isfinite(array).all():
        raise InputError("maps: a value is NaN or infinite; leave out images without a map")
    return array


def _measure(deficits: Array, references: Array, settings: MeasureSettings) -> dict[str, Array]:
    first, second = (maps.reshape(len(maps), -1) for maps in (deficits, references))
    values = {}
    for name in ("spearman", "top_share", "top_iou"):
        measure = MEASURES[name]
        forms = measure.of_distortion(first, settings), measure.of_reference(second, settings)
        values[name] = measure.combine(*forms)
    return values
