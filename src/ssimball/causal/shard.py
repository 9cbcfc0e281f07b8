"""Curves of the images of a shard; the workflow and the audit both call it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from torch import Tensor

from ssimball.causal.cells import random_order
from ssimball.causal.curves import CellOrder, Curve, curves, curves_without_values, order_by
from ssimball.causal.interface import CausalTest
from ssimball.errors import ArtifactError
from ssimball.overlap.grids import GridOrReason, grid_of
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.images import decode_png, to_tensor
from ssimball.storage.status import Status, has_stored_image
from ssimball.storage.tables import read_table

T = TypeVar("T")
#: By image, a map on the grid or the reason why there is none.
Grids = Mapping[str, GridOrReason]
#: Names of the orders of cells.
DEFICIT, CAM, RANDOM = "deficit", "cam", "random"


@dataclass(frozen=True)
class CleanImage:
    """A clean image as the ``clean`` table stores it.

    Attributes:
        image_id: identifier of the image.
        label: its true class.
        status: ``ok``, or the reason why there is no image.
        correct: whether the network predicts the label.
        png: the 8-bit image; None where there is none.
        margin: margin of the label; None where there is no image.
    """

    image_id: str
    label: int
    status: str
    correct: bool
    png: bytes | None
    margin: float | None


@dataclass(frozen=True)
class StoredAttack:
    """An image under one attack as the ``clean`` and ``attacks`` tables store it.

    Attributes:
        image_id: identifier of the image.
        label: its true class.
        status: of the attack.
        clean_png: the 8-bit clean image; None where there is none.
    """

    image_id: str
    label: int
    status: str
    clean_png: bytes | None


def read_clean(clean: Path) -> list[CleanImage]:
    """Read the clean images of a shard from its file of the ``clean`` table."""
    columns = ["image_id", "label", "status", "correct", "image_png", "margin"]
    rows = read_table(clean, CLEAN, columns).to_pylist()
    return [CleanImage(*(row[column] for column in columns)) for row in rows]


def read_attacked(clean: Path, attacks: Path) -> list[StoredAttack]:
    """Read the images of a shard under one attack.

    Args:
        clean: file of the ``clean`` table.
        attacks: file of the ``attacks`` table.
    """
    table = read_table(clean, CLEAN, ["image_id", "image_png"])
    pictures = {row["image_id"]: row["image_png"] for row in table.to_pylist()}
    return [
        StoredAttack(**row, clean_png=pictures[row["image_id"]])
        for row in read_table(attacks, ATTACKS, ["image_id", "label", "status"]).to_pylist()
    ]


def deficit_curves_shard(
    test: CausalTest, images: Iterable[StoredAttack], deficits: Grids
) -> list[Curve]:
    """Compute the curves of the SSIM deficit for the images of a shard under one attack.

    Args:
        test: the network and the settings.
        images: the images; those without a stored image of the attack have no curves.
        deficits: by image, the pooled SSIM deficit, or the reason why there is none.
    """
    found: list[Curve] = []
    for image in images:
        name, label = image.image_id, image.label
        if not has_stored_image(image.status):
            found += curves_without_values(name, label, DEFICIT, image.status)
            continue
        order = order_by(deficits[name], test.seed, name, "SSIM deficit")
        found += curves(test, name, label, decode(name, image.clean_png), {DEFICIT: order})
    return found


def reference_curves_shard(
    test: CausalTest, images: Iterable[CleanImage], cams: Grids
) -> list[Curve]:
    """Compute the curves of the CAM and of a random order for the images of a shard.

    Args:
        test: the network and the settings.
        images: the clean images; those that the network misclassifies have no curves.
        cams: by image, the CAM of the label, or the reason why there is none.
    """
    grid = grid_of(cams)
    found: list[Curve] = []
    for image in images:
        name, label = image.image_id, image.label
        if not image.correct:
            for order in (CAM, RANDOM):
                skipped = str(Status.not_attacked(image.status))
                found += curves_without_values(name, label, order, skipped)
            continue
        orders = {
            CAM: order_by(cams[name], test.seed, name, "CAM"),
            RANDOM: CellOrder(random_order(grid[0] * grid[1], test.seed, name), grid),
        }
        found += curves(test, name, label, decode(name, image.png), orders)
    return found


def decode(image_id: str, png: bytes | None) -> Tensor:
    """Return a stored picture as float64 (C, H, W) in [0, 1].

    Raises:
        ArtifactError: there is none.
    """
    return to_tensor(decode_png(present(image_id, png)))


def present(image_id: str, value: T | None) -> T:
    """Return a value that is null only in rows whose status says so.

    Raises:
        ArtifactError: it is null.
    """
    if value is None:
        raise ArtifactError(f"image {image_id}: a row without its picture or margin; run again")
    return value
