"""The causal test on the images of a shard; the workflow and the audit both call it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from torch import Tensor

from ssimball.causal.cells import random_order
from ssimball.causal.curves import CellOrder, Curve, curves, curves_without_values, order_by
from ssimball.causal.interface import CausalTest
from ssimball.causal.parts import AttackedImage
from ssimball.causal.restricted import PartOutcome, outcomes_without_values, part_outcomes
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
    """An image and the result of one attack as the ``clean`` and ``attacks`` tables store them.

    Attributes:
        image_id: identifier of the image.
        label: its true class.
        status: of the attack.
        target: the class that the attack aims at; None where any other class will do.
        clean_png, adversarial_png: the 8-bit images; None where there is none.
        clean_margin: margin of the label on the clean image; None where there is none.
    """

    image_id: str
    label: int
    status: str
    target: int | None
    clean_png: bytes | None
    adversarial_png: bytes | None
    clean_margin: float | None


@dataclass(frozen=True)
class CausalShard:
    """Results of the causal test on the images of a shard under one attack.

    Attributes:
        outcomes: of every part of every perturbation.
        curves: of the order by SSIM deficit.
    """

    outcomes: list[PartOutcome] = field(default_factory=list)
    curves: list[Curve] = field(default_factory=list)


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
    table = read_table(clean, CLEAN, ["image_id", "image_png", "margin"])
    clean_rows = {row["image_id"]: row for row in table.to_pylist()}
    columns = ["image_id", "label", "status", "target", "adversarial_png"]
    return [
        StoredAttack(
            image_id=row["image_id"],
            label=row["label"],
            status=row["status"],
            target=row["target"],
            clean_png=clean_rows[row["image_id"]]["image_png"],
            adversarial_png=row["adversarial_png"],
            clean_margin=clean_rows[row["image_id"]]["margin"],
        )
        for row in read_table(attacks, ATTACKS, columns).to_pylist()
    ]


def causal_shard(
    test: CausalTest,
    images: Iterable[StoredAttack],
    *,
    cams: Grids | None = None,
    deficits: Grids | None = None,
) -> CausalShard:
    """Run the causal test on the images of a shard under one attack.

    Args:
        test: the network and the settings.
        images: the images; each is decoded once.
        cams: by image, the CAM of the label on the clean image, or the reason why there is none.
            None leaves out the parts of the perturbations.
        deficits: by image, the pooled SSIM deficit, or the reason why there is none. None leaves
            out the curves.
    """
    shard = CausalShard()
    for image in images:
        attacked = has_stored_image(image.status)
        clean = decode(image.image_id, image.clean_png) if attacked else None
        if cams is not None:
            shard.outcomes.extend(_outcomes(test, image, clean, cams[image.image_id]))
        if deficits is not None:
            shard.curves.extend(_deficit_curves(test, image, clean, deficits[image.image_id]))
    return shard


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


def _outcomes(
    test: CausalTest, image: StoredAttack, clean: Tensor | None, cam: GridOrReason
) -> list[PartOutcome]:
    if clean is None:
        areas = test.settings.areas
        return outcomes_without_values(image.image_id, image.label, areas, image.status)
    attacked = AttackedImage(
        image_id=image.image_id,
        label=image.label,
        target=image.target,
        clean=clean,
        stored=decode(image.image_id, image.adversarial_png),
        clean_margin=present(image.image_id, image.clean_margin),
        cam=cam,
    )
    return part_outcomes(test, attacked)


def _deficit_curves(
    test: CausalTest, image: StoredAttack, clean: Tensor | None, deficit: GridOrReason
) -> list[Curve]:
    if clean is None:
        return curves_without_values(image.image_id, image.label, DEFICIT, image.status)
    order = order_by(deficit, test.seed, image.image_id, "SSIM deficit")
    return curves(test, image.image_id, image.label, clean, {DEFICIT: order})


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
