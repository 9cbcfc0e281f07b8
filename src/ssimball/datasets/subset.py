"""Which images a run works on, in which order, and in which shards.

More images, drawn or appended to a list that is taken whole, only add to the end, so shards that
are full stay as they are.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from ssimball.datasets.interface import Dataset, Entry
from ssimball.errors import DatasetError, ImageError
from ssimball.runtime.randomness import digest
from ssimball.storage.provenance import canonical_json


def choose(entries: Sequence[Entry], images: int | Literal["all"], seed: int) -> list[Entry]:
    """The images of a run: so many drawn, or all in the order of the data set.

    Raises:
        DatasetError: there are fewer entries than asked for.
    """
    return list(entries) if images == "all" else draw(entries, images, seed)


def draw(entries: Sequence[Entry], images: int, seed: int) -> list[Entry]:
    """The first ``images`` of a fixed random order in which classes take turns.

    Each class is put in random order by a hash of seed and image_id, and the classes in random
    order likewise. Asking for more images only adds to the end.

    Raises:
        DatasetError: there are fewer entries than asked for.
    """
    if images > len(entries):
        raise DatasetError(
            f"subset.images: {images} asked for, the data set holds {len(entries)}; "
            f"set it to {len(entries)} or less"
        )
    queues: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda e: digest(seed, "image", e.image_id)):
        queues[entry.label].append(entry)
    classes = sorted(queues, key=lambda label: digest(seed, "class", str(label)))
    drawn = [
        (turn, rank, entry)
        for rank, label in enumerate(classes)
        for turn, entry in enumerate(queues[label])
    ]
    return [entry for _, _, entry in sorted(drawn, key=lambda item: item[:2])[:images]]


def subset_row(position: int, shard: str, entry: Entry, dataset: Dataset) -> dict[str, Any]:
    """Row of the ``subset`` contract for the image at a place of the subset.

    A file that cannot be read makes a row with the reason.
    """
    row: dict[str, Any] = {
        "image_id": entry.image_id,
        "position": position,
        "shard": shard,
        "label": entry.label,
        "class_name": dataset.class_names[entry.label],
        "status": "selected",
        "extra": canonical_json(entry.extra),
    }
    try:
        row["sha256"] = dataset.sha256(entry)
        row["mask_sha256"] = dataset.mask_sha256(entry)
    except ImageError as error:
        row["status"] = f"failed: {error}"
    return row


def check_readable(rows: Sequence[Mapping[str, Any]], chosen: Sequence[Entry]) -> None:
    """Stop where no image of the subset can be read: nothing could be said of any.

    Args:
        rows: of a shard's images.
        chosen: all images of the subset.

    Raises:
        DatasetError: naming the place of the shard's first image.
    """
    if any(row["status"] == "selected" for row in rows):
        return
    mine = {row["image_id"]: row for row in rows}
    others = (entry for entry in chosen if entry.image_id not in mine)
    if not any(Path(entry.location).is_file() for entry in others):
        first = next(entry for entry in chosen if entry.image_id in mine)
        raise DatasetError(
            f"none of the {len(chosen)} images of the subset can be read; the first, "
            f"{first.location}, {mine[first.image_id]['status']}"
        )


def shard_name(position: int, shard_size: int) -> str:
    """Name of the shard that the image at a place of the subset is worked on in."""
    return f"{position // shard_size:05d}"


def places(shard: str, shard_size: int, images: int) -> range:
    """Places of a shard's images in the order of the subset."""
    first = int(shard) * shard_size
    return range(first, min(first + shard_size, images))


def partner(position: int, images: int) -> int | None:
    """Place of the other image for the image at a place of the subset; None where there is none.

    Images pair up as 0 and 1, 2 and 3, and so on; a last one that is left over takes the one before
    it. Classes take turns in a drawn subset, so the two are of different classes as long as more
    than one class has images left; in the tail of an uneven subset, and in a list sorted by class
    that is taken whole, they are not.
    """
    if images < 2:
        return None
    other = position ^ 1
    return other if other < images else position - 1


def partner_shards(shard: str, shard_size: int, images: int) -> list[str]:
    """Names of the shards that hold the partners of a shard's images."""
    others = [partner(place, images) for place in places(shard, shard_size, images)]
    return sorted({shard_name(place, shard_size) for place in others if place is not None})
