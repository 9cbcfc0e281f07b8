"""From rows of the ``clean`` table to the images to attack."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ssimball.attacks.task import Subject
from ssimball.datasets.subset import partner_images
from ssimball.storage.images import decode_png

Row = Mapping[str, Any]


def subjects(clean: Iterable[Row], others: Mapping[str, Row]) -> list[Subject]:
    """Return the correctly classified images of a shard.

    Args:
        clean: the shard's rows of the ``clean`` table.
        others: by image_id, the row of another image to go with it, whether or not that image is
            classified correctly. A row without an image counts as none.
    """
    known = {row["image_id"]: _subject(row) for row in clean if row["correct"]}
    return [replace(each, other=_other(others.get(name), known)) for name, each in known.items()]


def partners(subset: Iterable[Row], clean: Iterable[Row]) -> dict[str, Row]:
    """Return the row of each image's partner, by the image_id of the image.

    Args:
        subset: rows of the ``subset`` table, for the shards of the images and of their partners.
        clean: rows of the ``clean`` table for some of them. Images whose partner is missing here
            are left out.
    """
    rows = {row["image_id"]: row for row in clean}
    pairs = partner_images(subset)
    return {image: rows[other] for image, other in pairs.items() if other in rows}


def _other(row: Row | None, known: Mapping[str, Subject]) -> Subject | None:
    """Return another image; ``known`` holds those that are decoded already."""
    if row is None or row["image_png"] is None:
        return None
    return known.get(row["image_id"]) or _subject(row)


def _subject(row: Row) -> Subject:
    return Subject(row["image_id"], row["label"], decode_png(row["image_png"]), row["margin"])
