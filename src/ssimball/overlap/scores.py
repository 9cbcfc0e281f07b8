"""Forms of maps on a coarse grid, such as ranks, shares and top cells, and scores made of them.

Maps are compared on the grid of the class activation map (7 x 7 for MobileNetV2). Its cells are all
the resolution there is, so an image gives one score per measure, and images are the sample.
"""

import numpy as np
from scipy.stats import rankdata

from ssimball.overlap.grids import Array

# Norm below which a residual of unit ranks is rounding noise of an exact fit.
_EXPLAINED = 1e-6


def unit(maps: Array) -> Array:
    """Centre maps over the last axis and scale them to unit norm.

    Inner products of the result are Pearson's correlations.

    Returns:
        Of the same shape; NaN where a map is constant.
    """
    varies = np.ptp(maps, axis=-1, keepdims=True) > 0
    centred = maps - maps.mean(axis=-1, keepdims=True)
    norm = np.linalg.norm(centred, axis=-1, keepdims=True)
    return np.where(varies, centred / np.where(varies, norm, 1.0), np.nan)


def unit_ranks(maps: Array) -> Array:
    """Return average ranks over the last axis, centred and of unit norm; NaN where constant.

    Inner products of the result are Spearman's correlations.
    """
    return unit(rankdata(maps, axis=-1))


def top_cells(maps: Array, top: float) -> Array:
    """Return the membership of each cell in the round(top * cells) largest.

    Membership is 0 or 1, except for cells tied at the threshold: these share what is left of the
    set equally. That is the mean over all ways of breaking the tie, and it prefers no corner of the
    image.

    Args:
        maps: (..., cells).
        top: share of the cells, in [0, 1]; at least one cell is chosen.

    Returns:
        Of the same shape, in [0, 1]; NaN where a map is constant.
    """
    cells = maps.shape[-1]
    count = min(max(round(top * cells), 1), cells)
    threshold = np.partition(maps, cells - count, axis=-1)[..., cells - count, None]
    above, tied = maps > threshold, maps == threshold
    part = (count - above.sum(axis=-1, keepdims=True)) / tied.sum(axis=-1, keepdims=True)
    return np.where(np.ptp(maps, axis=-1, keepdims=True) > 0, above + tied * part, np.nan)


def shares(maps: Array) -> Array:
    """Return each cell's share of the total; NaN where the total is not positive."""
    total = maps.sum(axis=-1, keepdims=True)
    return np.where(total > 0, maps / np.where(total > 0, total, 1.0), np.nan)


def spearman(deficit: Array, reference: Array) -> Array:
    """Return the rank correlation of two maps over their last axis.

    Returns:
        Spearman's coefficient in [-1, 1]; NaN where a map is constant.

    Examples:
        >>> deficit, cam = np.array([0.1, 0.2, 0.9, 0.3]), np.array([1.0, 2.0, 4.0, 3.0])
        >>> round(float(spearman(deficit, cam)), 6)
        1.0
    """
    return inner(unit_ranks(deficit), unit_ranks(reference))


def top_share(deficit: Array, reference: Array, top: float) -> Array:
    """Return the share of the SSIM deficit that lies in the reference's top cells.

    Args:
        deficit: (..., cells), not negative.
        reference: (..., cells).
        top: share of the cells that counts as the top.

    Returns:
        In [0, 1]; NaN where there is no SSIM deficit or the reference is constant.

    Examples:
        >>> float(top_share(np.array([1.0, 2.0, 4.0, 1.0]), np.array([0.0, 3.0, 5.0, 1.0]), 0.5))
        0.75
    """
    return inner(shares(deficit), top_cells(reference, top))


def top_iou(deficit: Array, reference: Array, top: float) -> Array:
    """Return the intersection over union of the top cells of both maps.

    Args:
        deficit: (..., cells).
        reference: (..., cells).
        top: share of the cells that counts as the top.

    Returns:
        In [0, 1]; NaN where a map is constant.
    """
    return jaccard(top_cells(deficit, top), top_cells(reference, top))


def inner(first: Array, second: Array) -> Array:
    """Return the inner product over the last axis."""
    product: Array = (first * second).sum(axis=-1)
    return product


def peak(maps: Array) -> Array:
    """Return the membership in the largest cell, shared by ties; NaN where a map is constant."""
    return top_cells(maps, 0.0)


def detection_ranks(maps: Array, count: int) -> Array:
    """Return ranks scaled so that their mean over a set of cells is an area under the ROC curve.

    A rank r, ties sharing theirs, becomes (r - (count + 1) / 2) / (cells - count). The mean over a
    set of ``count`` < cells cells is the AUC of the map as a detector of the set: Mann and
    Whitney's U over its largest value, ties counting half.

    With ``count`` 0, the inner product with shares is the area under another curve: for each part q
    of the cells, the share in the top q of this map, by trapezoids over the numbers of cells. It is
    1/2 where shares are equal.

    Args:
        maps: (..., cells).
        count: number of cells in the set.

    Returns:
        Of the same shape; NaN where a map is constant.
    """
    cells = maps.shape[-1]
    scaled = (rankdata(maps, axis=-1) - (count + 1) / 2) / (cells - count)
    return np.where(np.ptp(maps, axis=-1, keepdims=True) > 0, scaled, np.nan)


def centroid(maps: Array, grid: tuple[int, int]) -> Array:
    """Return the centre of mass of what lies above the smallest value.

    Args:
        maps: (..., h * w).
        grid: (h, w).

    Returns:
        (..., 2), row and column counted in cells from the first, divided by the grid's diagonal
        between the centres of opposite corner cells, so that distances lie in [0, 1]. NaN where a
        map is constant.
    """
    mass = shares(maps - maps.min(axis=-1, keepdims=True))
    diagonal = max(float(np.hypot(grid[0] - 1, grid[1] - 1)), 1.0)
    return mass @ (np.indices(grid).reshape(2, -1).T / diagonal)


def rank_basis(maps: Array) -> Array:
    """Return orthonormal vectors that span the ranks of k maps each.

    Args:
        maps: (n, k, cells).

    Returns:
        (n, k, cells). Vectors are zero where the maps span fewer dimensions, as constant maps do,
        and NaN where a map is NaN.
    """
    defined = np.isfinite(maps).all(axis=(1, 2), keepdims=True)
    ranks = np.nan_to_num(unit_ranks(np.nan_to_num(maps)))
    left, sizes, _ = np.linalg.svd(ranks.mT, full_matrices=False)
    return np.where(defined, (left * (sizes > _EXPLAINED)[:, None, :]).mT, np.nan)


def residual_ranks(ranks: Array, basis: Array) -> Array:
    """Return what a basis leaves unexplained of unit ranks, scaled to unit norm.

    These are the residuals of a least-squares fit. Their inner product is the partial rank
    correlation given the maps that the basis spans.

    Args:
        ranks: (n, cells), of :func:`unit_ranks`.
        basis: (n, k, cells), of :func:`rank_basis`.

    Returns:
        (n, cells), NaN where ranks or basis are, or where the basis explains the ranks up to
        rounding.
    """
    residual = ranks - np.einsum("nc,nkc,nkm->nm", ranks, basis, basis)
    norm = np.linalg.norm(residual, axis=-1, keepdims=True)
    unexplained = norm > _EXPLAINED
    return np.where(unexplained, residual / np.where(unexplained, norm, 1.0), np.nan)


def jaccard(first: Array, second: Array) -> Array:
    """Return intersection over union of memberships in [0, 1] (Ruzicka's form)."""
    ratio: Array = np.minimum(first, second).sum(axis=-1) / np.maximum(first, second).sum(axis=-1)
    return ratio
