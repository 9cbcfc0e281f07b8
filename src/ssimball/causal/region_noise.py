"""The network's output on clean images with noise in one region.

A perturbation that an attack puts into the CAM may lower the margin most there because the network
is sensitive there to any disturbance. Noise that no attack has chosen measures that sensitivity.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ssimball.attacks.interface import loss_gradient
from ssimball.causal.cells import pixels_of
from ssimball.causal.regions import Region, RegionMaps, region_names, regions_of
from ssimball.causal.restricted import NOT_FINITE
from ssimball.causal.shard import CleanImage, decode, present
from ssimball.config.region_noise import RegionNoiseConfig
from ssimball.datasets.subset import partner_images
from ssimball.errors import AttackError
from ssimball.models.logits import margin
from ssimball.overlap.grids import GridOrReason, Grids, pool_to_grid
from ssimball.overlap.stored_maps import read_cams, read_references
from ssimball.runtime.randomness import generator
from ssimball.storage.contracts.images import SUBSET
from ssimball.storage.status import Status
from ssimball.storage.tables import read_table

NO_OTHER = "no other image has a CAM"


@dataclass(frozen=True)
class RegionNoise:
    """The network and the settings.

    Attributes:
        model: maps images, float (B, C, H, W) in [0, 1], to logits (B, classes). Images go through
            it one by one, so that no result depends on a batch.
        settings: noise and random sets.
        top: share of the cells in a region.
        seed: seed of the run; it decides the noise, random sets and the order of tied cells.
        device: device to compute on.
    """

    model: nn.Module
    settings: RegionNoiseConfig
    top: float
    seed: int
    device: str = "cpu"


@dataclass(frozen=True)
class NoiseOutcome:
    """The network's output on an image with noise in a region.

    Attributes:
        image_id: identifier of the image.
        status: ``ok``, or the reason why the values are None.
        region, draw, cells: see :class:`ssimball.causal.regions.Region`; cells as flat indices.
        margin_fall: margin on the clean image minus that with noise.
        fooled: whether the network predicts another class than the label.
    """

    image_id: str
    status: str
    region: str
    draw: int
    margin_fall: float | None = None
    fooled: bool | None = None
    cells: list[int] | None = None

    def row(self) -> dict[str, Any]:
        """Return the outcome as a row of contracts.region_noise.REGION_NOISE."""
        return dict(vars(self))


@dataclass(frozen=True)
class StoredMaps:
    """Stored maps of the images of a shard, by image: the map or the reason why there is none.

    Attributes:
        cams: CAM of the true class.
        textures: local variance.
        other_cams: CAM of the paired image; images without a paired image are missing.
    """

    cams: Grids
    textures: Grids
    other_cams: Grids


def read_maps(references: Path, cams: Iterable[Path], subset: Iterable[Path]) -> StoredMaps:
    """Read the maps of a shard.

    Args:
        references: the shard's file of the ``references`` table.
        cams: CAMs, files of the ``explanations`` table, of the shard and of its partners' shards.
        subset: files of the ``subset`` table for the same shards.
    """
    known: dict[str, GridOrReason] = {}
    for path in cams:
        known |= read_cams(path)
    columns = ["image_id", "position"]
    rows = [row for path in subset for row in read_table(path, SUBSET, columns).to_pylist()]
    others = {image: known[other] for image, other in partner_images(rows).items()}
    return StoredMaps(known, read_references(references).textures, others)


def region_noise_shard(
    test: RegionNoise, images: Iterable[CleanImage], maps: StoredMaps
) -> Iterator[NoiseOutcome]:
    """Put noise into each region of the images of a shard.

    Args:
        test: the network and the settings.
        images: the clean images; those that the network misclassifies have no values.
        maps: maps of these images.
    """
    for image in images:
        if image.correct:
            yield from _outcomes(test, image, maps)
        else:
            status = str(Status.not_attacked(image.status))
            for name, draw in region_names(test.settings.random_sets):
                yield NoiseOutcome(image.image_id, status, name, draw)


def _outcomes(test: RegionNoise, image: CleanImage, maps: StoredMaps) -> Iterator[NoiseOutcome]:
    name = image.image_id
    clean, cam = decode(name, image.png), maps.cams[name]
    of_image = RegionMaps(
        cam=cam,
        gradient=cam if isinstance(cam, str) else sensitivity(test, image.label, clean, cam.shape),
        texture=maps.textures[name],
        other_cam=maps.other_cams.get(name, NO_OTHER),
    )
    change = noise(test, name, clean)
    for region in regions_of(of_image, test.top, test.settings.random_sets, test.seed, name):
        yield _outcome(test, image, clean, change, region)


def sensitivity(
    test: RegionNoise, label: int, clean: Tensor, grid: tuple[int, ...]
) -> GridOrReason:
    """Return the mean absolute gradient of the margin in each cell of a grid.

    Args:
        test: the network.
        label: the true class.
        clean: float64 (C, H, W) in [0, 1].
        grid: (h, w).

    Returns:
        (h, w), summed over channels; or the reason why there is none.
    """
    labels = torch.tensor([label], device=test.device)
    try:
        gradient = loss_gradient(test.model, clean[None].to(test.device), labels, "margin")[0]
    except AttackError as error:
        return str(Status.failed(str(error)))
    size = (clean.shape[-2], clean.shape[-1])
    summed: np.ndarray = gradient.double().abs().sum(0).cpu().numpy()
    return pool_to_grid(summed, size, (grid[0], grid[1]))


def noise(test: RegionNoise, image_id: str, clean: Tensor) -> Tensor:
    """Return the change that noise makes of a whole image, clipped to [0, 1].

    Every region of the image gets its part of the same noise. It is not rounded to 8 bits.

    Args:
        test: standard deviation and seed.
        image_id: the image, which with the seed decides the noise.
        clean: float64 (C, H, W) in [0, 1].

    Returns:
        float64 (C, H, W).
    """
    drawn = generator(test.seed, image_id, "region noise").standard_normal(tuple(clean.shape))
    return (clean + test.settings.sigma * torch.from_numpy(drawn)).clamp(0, 1) - clean


@torch.no_grad()
def _outcome(
    test: RegionNoise, image: CleanImage, clean: Tensor, change: Tensor, region: Region
) -> NoiseOutcome:
    """Classify an image with its noise in one region."""
    if isinstance(region.cells, str):
        return NoiseOutcome(image.image_id, region.cells, region.name, region.draw)
    inside = pixels_of(region.cells, (clean.shape[-2], clean.shape[-1]))
    disturbed = (clean + change * inside)[None].to(test.device)
    logits = test.model(disturbed).double().cpu()
    if not bool(logits.isfinite().all()):
        failed = str(Status.failed(NOT_FINITE))
        return NoiseOutcome(image.image_id, failed, region.name, region.draw)
    left = float(margin(logits, torch.tensor([image.label])))
    return NoiseOutcome(
        image_id=image.image_id,
        status="ok",
        region=region.name,
        draw=region.draw,
        margin_fall=present(image.image_id, image.margin) - left,
        fooled=int(logits.argmax()) != image.label,
        cells=region.flat,
    )
