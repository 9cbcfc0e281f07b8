"""Measures of overlap between the SSIM deficit and another map, on a coarse grid.

Maps are compared on the grid of the class activation map (7 x 7 for MobileNetV2): its cells are
all the resolution there is, so an image yields one score per measure and images are the sample.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

Array = NDArray[np.float64]
#: A map on the grid, or the reason why there is none.
GridOrReason = Array | str

# 1 - SSIM of equal windows is zero up to rounding.
_ROUNDING = 1e-12
# Of unit ranks, what rounding leaves where a fit is exact.
_EXPLAINED = 1e-6


def pool_to_grid(values: NDArray[Any], size: tuple[int, int], grid: tuple[int, int]) -> Array:
    """Mean of a map over each cell of a grid laid over the image.

    Args:
        values: (H', W'), the value at (i, j) belonging to the window centred at pixel
            (i + (H - H')/2, j + (W - W')/2). A map of the image's own size pools pixels.
        size: (H, W) of the image.
        grid: (h, w); pixel p of a row of H lies in cell floor(p h / H).

    Raises:
        ValueError: the map is larger than the image or not centred in it, or a cell is empty.
    """
    pooled = np.asarray(values, np.float64)
    for axis in (0, 1):
        margin, odd = divmod(size[axis] - pooled.shape[axis], 2)
        cell = (np.arange(pooled.shape[axis]) + margin) * grid[axis] // size[axis]
        starts = np.searchsorted(cell, np.arange(grid[axis] + 1))
        if margin < 0 or odd or not np.diff(starts).all():
            raise ValueError(f"map {np.shape(values)}, image {size}: no mean on grid {grid}")
        sums = np.add.reduceat(pooled, starts[:-1], axis=axis)
        pooled = sums / np.expand_dims(np.diff(starts), 1 - axis)
    return pooled


def deficit_grid(ssim_map: NDArray[Any], size: tuple[int, int], grid: tuple[int, int]) -> Array:
    """1 - SSIM pooled by :func:`pool_to_grid`, in [0, 2]; rounding noise is set to 0."""
    return without_rounding(pool_to_grid(1.0 - np.asarray(ssim_map, np.float64), size, grid))


def without_rounding(pooled: Array) -> Array:
    """Pooled terms of SSIM, what is no more than rounding set to 0."""
    return np.where(pooled < _ROUNDING, 0.0, pooled)


def grid_of(maps: Mapping[str, GridOrReason]) -> tuple[int, int]:
    """(h, w) of maps by image, all of one grid; (1, 1) where no image has one."""
    for found in maps.values():
        if not isinstance(found, str):
            return found.shape[0], found.shape[1]
    return 1, 1


def unit(maps: Array) -> Array:
    """Maps centred over the last axis and of unit norm; NaN where a map is constant.

    Inner products are Pearson's correlations.
    """
    varies = np.ptp(maps, axis=-1, keepdims=True) > 0
    centred = maps - maps.mean(axis=-1, keepdims=True)
    norm = np.linalg.norm(centred, axis=-1, keepdims=True)
    return np.where(varies, centred / np.where(varies, norm, 1.0), np.nan)


def unit_ranks(maps: Array) -> Array:
    """:func:`unit` of average ranks over the last axis."""
    return unit(rankdata(maps, axis=-1))


def top_cells(maps: Array, top: float) -> Array:
    """Membership in the round(top * cells) largest cells; NaN where a map is constant.

    Cells tied at the threshold share the places left among them in equal parts: the mean over all
    ways of breaking the tie, with no preference for a corner of the image. Otherwise 0 or 1.
    """
    cells = maps.shape[-1]
    count = min(max(round(top * cells), 1), cells)
    threshold = np.partition(maps, cells - count, axis=-1)[..., cells - count, None]
    above, tied = maps > threshold, maps == threshold
    part = (count - above.sum(axis=-1, keepdims=True)) / tied.sum(axis=-1, keepdims=True)
    return np.where(np.ptp(maps, axis=-1, keepdims=True) > 0, above + tied * part, np.nan)


def shares(maps: Array) -> Array:
    """Each cell's share of the total over the last axis; NaN where the total is not positive."""
    total = maps.sum(axis=-1, keepdims=True)
    return np.where(total > 0, maps / np.where(total > 0, total, 1.0), np.nan)


def spearman(deficit: Array, reference: Array) -> Array:
    """Spearman's rank correlation over the last axis, in [-1, 1]; NaN where a side is constant."""
    return inner(unit_ranks(deficit), unit_ranks(reference))


def top_share(deficit: Array, reference: Array, top: float) -> Array:
    """Share of the deficit in the reference's top cells, in [0, 1]; NaN where undefined."""
    return inner(shares(deficit), top_cells(reference, top))


def top_iou(deficit: Array, reference: Array, top: float) -> Array:
    """Intersection over union of both sides' top cells, in [0, 1]; NaN where a side is constant."""
    return jaccard(top_cells(deficit, top), top_cells(reference, top))


def inner(first: Array, second: Array) -> Array:
    """Inner product over the last axis: Spearman's from unit ranks, a share from shares."""
    product: Array = (first * second).sum(axis=-1)
    return product


def peak(maps: Array) -> Array:
    """Membership in the largest cell; cells tied for it share it. NaN where a map is constant."""
    return top_cells(maps, 0.0)


def detection_ranks(maps: Array, count: int) -> Array:
    """Ranks r, ties sharing theirs, as (r - (count + 1) / 2) / (cells - count).

    Their mean over a set of ``count`` < cells cells is the map's AUC as detector of the set: Mann
    and Whitney's U over its largest value, ties counting half. Where ``count`` is 0, their inner
    product with shares is the area under the curve that gives, for each part q of the cells, the
    share in the top q of this map (by trapezoids over the numbers of cells): 1/2 where shares are
    equal. NaN where a map is constant.
    """
    cells = maps.shape[-1]
    scaled = (rankdata(maps, axis=-1) - (count + 1) / 2) / (cells - count)
    return np.where(np.ptp(maps, axis=-1, keepdims=True) > 0, scaled, np.nan)


def centroid(maps: Array, grid: tuple[int, int]) -> Array:
    """Centre of mass of what lies above the smallest value, (..., 2).

    In cells from the first, divided by the grid's diagonal from centre to centre of the corner
    cells, so that distances lie in [0, 1]; NaN where a map is constant.
    """
    mass = shares(maps - maps.min(axis=-1, keepdims=True))
    diagonal = max(float(np.hypot(grid[0] - 1, grid[1] - 1)), 1.0)
    return mass @ (np.indices(grid).reshape(2, -1).T / diagonal)


def spanned(maps: Array) -> Array:
    """Orthonormal vectors that span the ranks of k maps each: (n, k, cells) to the same.

    Zero where the maps span less, as constant ones do; NaN where a map is NaN.
    """
    known = np.isfinite(maps).all(axis=(1, 2), keepdims=True)
    ranks = np.nan_to_num(unit_ranks(np.nan_to_num(maps)))
    left, sizes, _ = np.linalg.svd(ranks.mT, full_matrices=False)
    return np.where(known, (left * (sizes > _EXPLAINED)[:, None, :]).mT, np.nan)


def beyond(ranks: Array, basis: Array) -> Array:
    """What the vectors of a basis leave of unit ranks, of unit norm.

    The residuals of a least-squares fit: their inner product is the rank correlation given the maps
    that the basis spans.

    Args:
        ranks: (n, cells), of :func:`unit_ranks`.
        basis: (n, k, cells), of :func:`spanned`.

    Returns:
        (n, cells), NaN where ranks or basis are, or the basis explains the ranks up to rounding.
    """
    rest = ranks - np.einsum("nc,nkc,nkm->nm", ranks, basis, basis)
    norm = np.linalg.norm(rest, axis=-1, keepdims=True)
    left = norm > _EXPLAINED
    return np.where(left, rest / np.where(left, norm, 1.0), np.nan)


def centre_map(grid: tuple[int, int]) -> Array:
    """A Gaussian around the middle of the grid, (h, w), its sigma a quarter of each side.

    What a viewer who knows nothing but that photographers centre their objects would draw; only its
    order counts in rank correlations.
    """
    rows, columns = ((np.arange(n) - (n - 1) / 2) / (n / 4) for n in grid)
    return np.exp(-0.5 * (rows[:, None] ** 2 + columns[None, :] ** 2))


def jaccard(first: Array, second: Array) -> Array:
    """Intersection over union over the last axis, of memberships in [0, 1] (Ruzicka's form)."""
    ratio: Array = np.minimum(first, second).sum(axis=-1) / np.maximum(first, second).sum(axis=-1)
    return ratio
