"""What contact sheets and the example show, from the tables of a run.

The workflow and the audit both call this. Nothing here draws. Each figure is drawn from the rows
that are stored beside it.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ssimball.config.stages.figures import FiguresStage
from ssimball.overlap.metric import SPEARMAN_CAM
from ssimball.report.figures.overlap_rows import rows_of_metric
from ssimball.runtime.randomness import digest
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLASSES, CLEAN
from ssimball.storage.status import has_stored_image
from ssimball.storage.tables import read_table

Row = Mapping[str, Any]
#: Returns the row of a table for a shard and an image_id.
RowOf = Callable[[str, str], Row]


@dataclass(frozen=True)
class SheetSource:
    """What the sheets of all attacks have in common.

    Attributes:
        images: shard and id of each image on the sheets.
        names: names of the classes by label.
        correlations: rank correlation of SSIM deficit and CAM by image and attack.
    """

    images: list[tuple[str, str]]
    names: Mapping[int, str]
    correlations: Mapping[tuple[str, str], float | None]

    def rows(self, attack: str, clean: RowOf, attacked: RowOf) -> list[Row]:
        """Return the rows of contracts.figures.FIGURE_SHEET of an attack.

        Args:
            attack: name of the attack.
            clean: returns rows of contracts.images.CLEAN.
            attacked: returns rows of contracts.attacks.ATTACKS under the attack.
        """
        rows = (
            _sheet_row(
                shard,
                clean(shard, image_id),
                attacked(shard, image_id),
                self.names,
                self.correlations.get((image_id, attack)),
            )
            for shard, image_id in self.images
        )
        return [row for row in rows if row is not None]


def example_rows(
    source: SheetSource,
    example: tuple[str, str] | None,
    clean: RowOf,
    attacked: Mapping[str, RowOf],
) -> list[Row]:
    """Return the rows of contracts.figures.FIGURE_EXAMPLE.

    Args:
        source: what the sheets have in common.
        example: shard and id of the image, see :func:`example_of`.
        clean: returns rows of contracts.images.CLEAN.
        attacked: by attack, in the order of the figure, returns rows of contracts.attacks.ATTACKS.
    """
    alone = replace(source, images=[] if example is None else [example])
    return [
        {"attack": attack, **row}
        for attack, rows in attacked.items()
        for row in alone.rows(attack, clean, rows)
    ]


def example_of(clean: Iterable[str], attacks: Iterable[str]) -> tuple[str, str] | None:
    """Choose the first image of the run that every attack stored an image of.

    Args:
        clean: files of the ``clean`` table, named by the shard.
        attacks: files of the ``attacks`` table, named by the shard.

    Returns:
        Shard and id of the image; where no image has all attacks, of the first one that has most;
        None where no attack stored an image.
    """
    stored: Counter[tuple[str, str]] = Counter()
    for path in map(Path, attacks):
        rows = read_table(path, ATTACKS, ["image_id", "status"]).to_pylist()
        found = (row["image_id"] for row in rows if has_stored_image(row["status"]))
        stored.update((path.stem, image_id) for image_id in found)
    images = [
        (path.stem, image_id)
        for path in map(Path, clean)
        for image_id in read_table(path, CLEAN, ["image_id"]).column("image_id").to_pylist()
    ]
    chosen = max(images, key=lambda image: stored[image], default=None)
    return chosen if chosen is not None and stored[chosen] else None


def read_sheet_source(
    classes: Path, overlap: Path, clean: Iterable[str], stage: FiguresStage
) -> SheetSource:
    """Choose the images of the contact sheets, and read what their captions state.

    Args:
        classes: file of the ``classes`` table.
        overlap: file of the ``overlap`` table.
        clean: files of the ``clean`` table, named by the shard.
        stage: settings of the sheets.
    """
    # Only the columns that choose the images: the pixels of all shards would not fit memory.
    correct = {
        path.stem: read_table(path, CLEAN, ["image_id", "correct"]).to_pylist()
        for path in map(Path, clean)
    }
    names = read_table(classes, CLASSES).to_pylist()
    return SheetSource(
        _choose_images(correct, stage.figures.sheet_images, stage.seed),
        {row["label"]: row["name"] for row in names},
        _correlations(overlap),
    )


def _correlations(overlap: Path) -> dict[tuple[str, str], float | None]:
    rows = rows_of_metric(overlap, SPEARMAN_CAM, ["image_id", "attack", "value"])
    return {(row["image_id"], row["attack"]): row["value"] for row in rows}


def _choose_images(
    clean: Mapping[str, Iterable[Row]], count: int, seed: int
) -> list[tuple[str, str]]:
    """Choose correctly classified images for the contact sheets, in an order drawn by the seed.

    Args:
        clean: rows of contracts.images.CLEAN by shard.
        count: images on a sheet.
        seed: seed of the run.

    Returns:
        Shard and id of each image.
    """
    correct = [
        (shard, row["image_id"]) for shard, rows in clean.items() for row in rows if row["correct"]
    ]
    return sorted(correct, key=lambda image: digest(seed, "sheet", image[1]))[:count]


def _sheet_row(
    shard: str, clean: Row, attacked: Row, names: Mapping[int, str], spearman: float | None
) -> Row | None:
    """Return what a contact sheet shows of an image.

    Args:
        shard: shard of the image.
        clean: its row of contracts.images.CLEAN.
        attacked: its row of contracts.attacks.ATTACKS.
        names: names of the classes by label.
        spearman: its rank correlation of SSIM deficit and CAM, where there is one.

    Returns:
        A row of contracts.figures.FIGURE_SHEET; None where the attack stored no image.
    """
    if not has_stored_image(attacked["status"]):
        return None
    return {
        "image_id": clean["image_id"],
        "shard": shard,
        "label": clean["label"],
        "true_name": names[clean["label"]],
        "predicted": attacked["predicted"],
        "predicted_name": names[attacked["predicted"]],
        "mean_ssim": attacked["mean_ssim"],
        "spearman_cam": spearman,
        "clean_sha256": hashlib.sha256(clean["image_png"]).hexdigest(),
        "adversarial_sha256": hashlib.sha256(attacked["adversarial_png"]).hexdigest(),
    }
