"""Maps of the clean images of a shard that distortions are compared with beside the CAM."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ssimball.overlap.grids import Array, pool_to_grid
from ssimball.overlap.stored_maps import read_grid
from ssimball.ssim.index import local_variance
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.images import decode_png, to_tensor
from ssimball.storage.tables import read_table

#: Why an image that has an object mask has no map of it. A share of 0 in every cell would look as
#: if an object were there and avoided.
OUTSIDE = "the object lies outside the crop"


@dataclass(frozen=True)
class ReferenceMaps:
    """The reference maps of one clean image, on the grid of the CAM.

    Attributes:
        image_id: the image.
        status: ``ok``, or the status of the image where there is none.
        texture: (h, w), mean over each cell of :func:`ssimball.ssim.index.local_variance`.
        mask_status: ``ok`` or :data:`OUTSIDE`; None where the image has no object mask.
        mask: (h, w), share of each cell inside the object, in [0, 1].
    """

    image_id: str
    status: str
    texture: Array | None = None
    mask_status: str | None = None
    mask: Array | None = None

    def row(self) -> dict[str, Any]:
        """Return a row of contracts.maps.REFERENCES."""
        return asdict(self)


def reference_maps_shard(clean: Path, cams: Path) -> Iterator[ReferenceMaps]:
    """Compute the reference maps of a shard, image by image.

    Args:
        clean: a file of the ``clean`` table.
        cams: the file of the ``explanations`` table with the CAMs of the same shard.
    """
    grid = read_grid(cams)
    columns = ["image_id", "status", "image_png", "mask_png"]
    for row in read_table(clean, CLEAN, columns).to_pylist():
        yield reference_maps(row, grid)


def reference_maps(clean: Mapping[str, Any], grid: tuple[int, int]) -> ReferenceMaps:
    """Compute the reference maps of an image.

    Args:
        clean: image_id, status, image_png and mask_png of a row of the ``clean`` table.
        grid: (h, w) of the CAM.

    Raises:
        ValueError: the grid is finer than the image or its windows.
    """
    image_id, status = clean["image_id"], clean["status"]
    if status != "ok":
        return ReferenceMaps(image_id, status)
    image = decode_png(clean["image_png"])
    size = (image.shape[0], image.shape[1])
    texture = pool_to_grid(local_variance(to_tensor(image)).numpy(), size, grid)
    if clean["mask_png"] is None:
        return ReferenceMaps(image_id, status, texture)
    inside = decode_png(clean["mask_png"]) > 0
    if not inside.any():
        return ReferenceMaps(image_id, status, texture, OUTSIDE)
    return ReferenceMaps(image_id, status, texture, "ok", pool_to_grid(inside, size, grid))
