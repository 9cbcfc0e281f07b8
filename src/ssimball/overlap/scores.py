"""Measures of overlap between the SSIM deficit and another map, on a coarse grid.

Maps are compared on the grid of the class activation map (7 x 7 for MobileNetV2): its cells are
all the resolution there is, so an image yields one score per measure and images are the sample.
"""

import numpy as np
from scipy.stats import rankdata

from ssimball.overlap.grids import Array

# Of unit ranks, what rounding leaves where a fit is exact.
_EXPLAINED = 1e-6


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


def jaccard(first: Array, second: Array) -> Array:
    """Intersection over union over the last axis, of memberships in [0, 1] (Ruzicka's form)."""
    ratio: Array = np.minimum(first, second).sum(axis=-1) / np.maximum(first, second).sum(axis=-1)
    return ratio
