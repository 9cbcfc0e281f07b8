"""The maps of images that choose their regions."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from ssimball.attacks.interface import loss_gradient
from ssimball.causal.regions import RegionMaps
from ssimball.datasets.subset import partner_images
from ssimball.errors import AttackError
from ssimball.overlap.grids import GridOrReason, Grids, pool_to_grid
from ssimball.overlap.stored_maps import read_cams, read_references
from ssimball.storage.contracts.images import SUBSET
from ssimball.storage.status import Status
from ssimball.storage.tables import read_table

NO_OTHER, NO_OBJECT = "no other image has a CAM", "the image has no object mask"


@dataclass(frozen=True)
class StoredMaps:
    """Stored maps of the images of a shard, by image: the map or the reason why there is none.

    Attributes:
        cams: CAM of the true class.
        textures: local variance.
        other_cams: CAM of the paired image; images without a paired image are missing.
        masks: share of each cell inside the object; images without a mask are missing.
    """

    cams: Grids
    textures: Grids
    other_cams: Grids
    masks: Grids


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
    stored = read_references(references)
    return StoredMaps(known, stored.textures, others, stored.masks)


def maps_of_image(
    maps: StoredMaps, image_id: str, model: nn.Module, label: int, clean: Tensor, device: str
) -> RegionMaps:
    """Return the maps of one image, that of the gradient computed here.

    Args:
        maps: stored maps of the shard.
        image_id: the image.
        model: the network, see :func:`sensitivity`.
        label: the true class.
        clean: float64 (C, H, W) in [0, 1].
        device: device to compute on.
    """
    cam = maps.cams[image_id]
    gradient = cam
    if not isinstance(cam, str):
        gradient = sensitivity(model, label, clean, (cam.shape[0], cam.shape[1]), device)
    return RegionMaps(
        cam=cam,
        gradient=gradient,
        texture=maps.textures[image_id],
        other_cam=maps.other_cams.get(image_id, NO_OTHER),
        mask=maps.masks.get(image_id, NO_OBJECT),
    )


def sensitivity(
    model: nn.Module, label: int, clean: Tensor, grid: tuple[int, int], device: str = "cpu"
) -> GridOrReason:
    """Return the mean absolute gradient of the margin in each cell of a grid.

    Args:
        model: maps images, float (B, C, H, W) in [0, 1], to logits (B, classes).
        label: the true class.
        clean: float64 (C, H, W) in [0, 1].
        grid: (h, w).
        device: device to compute on.

    Returns:
        (h, w), summed over channels; or the reason why there is none.
    """
    labels = torch.tensor([label], device=device)
    try:
        gradient = loss_gradient(model, clean[None].to(device), labels, "margin")[0]
    except AttackError as error:
        return str(Status.failed(str(error)))
    size = (clean.shape[-2], clean.shape[-1])
    summed: np.ndarray = gradient.double().abs().sum(0).cpu().numpy()
    return pool_to_grid(summed, size, grid)
