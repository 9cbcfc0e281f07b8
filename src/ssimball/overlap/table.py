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
- ``over_texture_cam``, ``over_centre_cam``: ``spearman_cam`` less either of these; the null is 0.

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
from functools import partial
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssimball.overlap.grids import GridOrReason, centre_map, grid_of
from ssimball.overlap.measures import Terms
from ssimball.overlap.references import Cams, References
from ssimball.runtime.randomness import generator


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
    terms, derange = Terms(top, grid), partial(derangements, draws=null_draws, seed=seed)
    centres = dict.fromkeys(image_ids, centre_map(grid))
    kinds = {"mask": masks, "texture": textures, "centre": centres, **explanations}
    references: list[References] = [Cams(cams, textures, terms, derange)]
    references += [
        References(kind, grids, terms, derange) for kind, grids in kinds.items() if grids
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
