"""Overlap of distortions with class activation maps and other maps, image by image.

The SSIM deficit is compared with the image's own CAM and, where there is one, its object mask:

- ``spearman``, ``pearson``: correlation over cells, of ranks and of values.
- ``top_share`` (CAM only): share of the SSIM deficit in the top cells of the CAM. ``share`` (mask
  only): share of the SSIM deficit inside the object. A mask, unlike a CAM, says where the object
  ends, so it needs no top cells.
- ``share_area``: area under the curve of that share for all sizes of the top; 1/2 at random.
- ``top_iou``: intersection over union of the top cells of both maps.
- ``pointing``: pointing game, whether the largest SSIM deficit lies in a top cell of the map.
- ``auc``: area under the ROC curve of the map as a detector of the top cells of the SSIM deficit.
- ``distance``: between the centres of mass, in diagonals of the grid; small means near.

Only the CAM has:

- ``partial``: ``spearman`` given the image's texture and the centre of the grid.
- ``shift_rank``: share of the CAM's toroidal shifts that correlate less than the CAM itself; its
  null is 1/2.
- ``over_texture``, ``over_centre``: ``spearman`` with the CAM minus ``spearman`` with texture or
  centre, that is, how much more the distortion follows the CAM than such a simple map; the null is
  0.
- ``over_runner_up``, ``over_top_ten``, ``over_random_class``, ``over_class_mean``: ``spearman``
  with the CAM minus ``spearman`` with the CAMs of other classes on the same image, averaged where
  these are several. It is the part of the overlap that is about the class; the null is 0.

``spearman`` is also measured against ``texture``, the image's local variance, and ``centre``, a
Gaussian around the middle. These show how well such a map would do in place of a CAM.

Distortions other than the SSIM deficit, e.g. its luminance part or the absolute change of green,
have fewer measures. ``interpretability`` of a squared change is the score of StrAttack (Xu et al.
2019): the norm of the perturbation in the CAM's top cells over its whole norm. Other explanations
of the true class, pooled to the CAM's grid, have ``spearman`` and ``top_share`` with the SSIM
deficit.

The null of an image is the same measure against the map of another image, of whatever class,
averaged over random derangements of the run's images. What all images share, such as objects near
the centre, is in the value and in the null alike. All attacked images count, whether or not they
fool the network.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ssimball.overlap.cams import Cams
from ssimball.overlap.grids import GridOrReason, Grids, centre_map, grid_of
from ssimball.overlap.inputs import Maps
from ssimball.overlap.measures import MeasureSettings
from ssimball.overlap.metric import Metric
from ssimball.overlap.references import MetricValues, References
from ssimball.runtime.randomness import generator


@dataclass(frozen=True)
class OverlapSettings:
    """How the overlap of a run is measured.

    Attributes:
        top: share of the cells that counts as the top, in (0, 1).
        null_draws: derangements averaged for the null, the same for all attacks and metrics. They
            depend on the seed and on the sorted ids of the images that have a CAM (a mask, ...).
        seed: seed of the derangements.
    """

    top: float
    null_draws: int
    seed: int


@dataclass(frozen=True)
class ImageOverlap:
    """One metric of one image under one attack.

    Attributes:
        image_id: the image.
        attack: name of the attack.
        metric: what was measured.
        value: the measurement, None where there is none.
        reason: why there is no value.
        null: the same measure against other images' maps, None where there is none.
        null_reason: why there is no null.
    """

    image_id: str
    attack: str
    metric: Metric
    value: float | None
    reason: str | None
    null: float | None
    null_reason: str | None

    def row(self) -> dict[str, Any]:
        """Return a row of contracts.overlap.OVERLAP."""
        return {
            "image_id": self.image_id,
            "attack": self.attack,
            **self.metric.columns(),
            "value": self.value,
            "reason": self.reason,
            "null_value": self.null,
            "null_reason": self.null_reason,
        }


def derangements(count: int, draws: int, seed: int) -> NDArray[np.int64]:
    """Draw uniformly random permutations of ``range(count)`` without fixed points.

    Args:
        count: number of items.
        draws: number of permutations.
        seed: they depend on it and on the count alone.

    Returns:
        (draws, count), or (0, count) when count < 2: there is none.

    Examples:
        >>> derangements(2, draws=3, seed=0).tolist()
        [[1, 0], [1, 0], [1, 0]]
    """
    rng = generator(seed, "derangements")
    accepted: list[NDArray[np.int64]] = []
    while count > 1 and len(accepted) < draws:
        permutation = rng.permutation(count)
        if (permutation != np.arange(count)).all():
            accepted.append(permutation)
    return np.array(accepted, np.int64).reshape(len(accepted), count)


def overlaps(
    maps: Maps, settings: OverlapSettings, attacks: Iterable[str] | None = None
) -> Iterator[ImageOverlap]:
    """Measure every metric of every image under every attack, attack by attack.

    Args:
        maps: the maps of a run, in the order in which attacks and distortions are measured.
        settings: top cells, draws of the null, and seed.
        attacks: the attacks to measure, in another order or wrapped in a progress bar; None: all.
    """
    references, images = references_of(maps, settings), list(maps.cams)
    for attack in maps.distortions if attacks is None else attacks:
        yield from overlaps_under(attack, maps.distortions[attack], images, references)


def overlaps_under(
    attack: str,
    distortions: Mapping[str, Grids],
    images: Sequence[str],
    references: Sequence[References],
) -> Iterator[ImageOverlap]:
    """Measure every metric of every image under one attack.

    Args:
        attack: its name.
        distortions: by name, the distortions of the images.
        images: ids of all images of the run.
        references: of :func:`references_of`.
    """
    for name, grids in distortions.items():
        for reference in references:
            for values in reference.measure(name, grids):
                yield from _by_image(images, attack, grids, reference, values)


def references_of(maps: Maps, settings: OverlapSettings) -> list[References]:
    """Return everything that distortions are compared with, the CAMs first.

    Args:
        maps: the maps of a run; its distortions do not matter.
        settings: top cells, draws of the null, and seed.
    """
    grid = grid_of(maps.cams)
    measures = MeasureSettings(settings.top, grid)
    derange = partial(derangements, draws=settings.null_draws, seed=settings.seed)
    centres: Grids = dict.fromkeys(maps.cams, centre_map(grid))
    others = {"mask": maps.masks, "texture": maps.textures, "centre": centres, **maps.explanations}
    return [
        Cams(maps.cams, maps.textures, maps.class_cams, measures, derange),
        *(References(name, grids, measures, derange) for name, grids in others.items() if grids),
    ]


def _by_image(
    images: Sequence[str], attack: str, grids: Grids, reference: References, measured: MetricValues
) -> Iterator[ImageOverlap]:
    """One result per image, with the reason where a number is missing."""
    metric = measured.metric
    values = dict(zip(measured.images, measured.values.tolist(), strict=True))
    nulls = {}
    if measured.nulls is not None:
        nulls = dict(zip(measured.images, measured.nulls.tolist(), strict=True))
    for image in images:
        value, null = _defined(values.get(image)), _defined(nulls.get(image))
        grid: GridOrReason = grids.get(image, "no map of the distortion")
        reason = reference.reason(image, grid, metric) if value is None else None
        null_reason = reference.null_reason(image, grid, metric) if null is None else None
        yield ImageOverlap(image, attack, metric, value, reason, null, null_reason)


def _defined(value: float | None) -> float | None:
    return value if value is not None and np.isfinite(value) else None
