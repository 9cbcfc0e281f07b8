"""The images of a run, their order, and their division into shards.

Additional images, drawn or appended to a list that is used whole, only extend the end. Full shards
therefore stay as they are.
"""

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from ssimball.datasets.interface import Dataset, Entry
from ssimball.errors import DatasetError, ImageError
from ssimball.runtime.randomness import digest
from ssimball.storage.provenance import canonical_json


def choose(entries: Sequence[Entry], images: int | Literal["all"], seed: int) -> list[Entry]:
    """Return the images of a run: a number of them drawn, or all in the data set's order.

    Args:
        entries: all entries of the data set.
        images: number of images to draw, or "all".
        seed: seed of the draw; not used for "all".

    Returns:
        The chosen entries, in the order of the run.

    Raises:
        DatasetError: the data set has fewer images.

    Examples:
        >>> cats = [Entry(f"cat-{i}", 0) for i in range(9)]
        >>> [entry.image_id for entry in choose([*cats, Entry("dog-0", 1)], 3, seed=0)]
        ['cat-6', 'dog-0', 'cat-3']
    """
    return list(entries) if images == "all" else draw(entries, images, seed)


def draw(entries: Sequence[Entry], images: int, seed: int) -> list[Entry]:
    """Return the first ``images`` of a fixed random order in which classes take turns.

    A hash of seed and image_id puts the images of each class in random order; a hash of seed and
    label does so with the classes. Drawing more images only extends the end.

    Args:
        entries: all entries of the data set.
        images: number of images to draw.
        seed: seed of both orders.

    Returns:
        The drawn entries, in order.

    Raises:
        DatasetError: the data set has fewer images.
    """
    check_number(images, len(entries))
    queues: defaultdict[int, list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=lambda e: digest(seed, "image", e.image_id)):
        queues[entry.label].append(entry)
    classes = sorted(queues, key=lambda label: digest(seed, "class", str(label)))
    ranked = [
        (turn, rank, entry)
        for rank, label in enumerate(classes)
        for turn, entry in enumerate(queues[label])
    ]
    return [entry for _, _, entry in sorted(ranked, key=lambda item: item[:2])[:images]]


def check_number(images: int, available: int) -> None:
    """Refuse more images than there are.

    Args:
        images: number of images to draw.
        available: number of images of the data set.

    Raises:
        DatasetError: the data set has fewer images.
    """
    if images > available:
        raise DatasetError(
            f"subset.images: {images} is more than the {available} images of the data set; set it "
            f"to {available} or less"
        )


def check_any_found(chosen: Sequence[Entry], dataset: Dataset) -> None:
    """Refuse images none of which there is, before any of them is read.

    Args:
        chosen: all images of the subset, in files.
        dataset: the data set that they belong to.

    Raises:
        DatasetError: none of the files exists; the message names the first.
    """
    if not any(map(_is_there, chosen)):
        raise _none_readable(chosen, chosen[0], subset_row(0, "", chosen[0], dataset)["status"])


def _is_there(entry: Entry) -> bool:
    # Path.is_file would fail below a folder that may not be entered.
    return os.path.isfile(entry.location)  # noqa: PTH113


def _none_readable(chosen: Sequence[Entry], first: Entry, status: str) -> DatasetError:
    return DatasetError(
        f"none of the {len(chosen)} images of the subset can be read; the first is "
        f"{first.location} ({status})"
    )


def subset_row(position: int, shard: str, entry: Entry, dataset: Dataset) -> dict[str, Any]:
    """Return the row of the ``subset`` contract for one image.

    Args:
        position: position of the image in the subset, from 0.
        shard: name of its shard.
        entry: the image.
        dataset: the data set that the entry belongs to.

    Returns:
        The row. If a file cannot be read, its ``status`` is ``failed: <reason>``.
    """
    status, sha256, mask_sha256 = "selected", None, None
    try:
        sha256 = dataset.sha256(entry)
        mask_sha256 = dataset.mask_sha256(entry)
    except ImageError as error:
        status = f"failed: {error}"
    return {
        "image_id": entry.image_id,
        "position": position,
        "shard": shard,
        "label": entry.label,
        "class_name": dataset.class_names[entry.label],
        "status": status,
        "extra": canonical_json(entry.extra),
        "sha256": sha256,
        "mask_sha256": mask_sha256,
    }


def check_readable(rows: Sequence[Mapping[str, Any]], chosen: Sequence[Entry]) -> None:
    """Stop the run if no image of the subset can be read.

    Args:
        rows: rows of the images of one shard.
        chosen: all images of the subset.

    Raises:
        DatasetError: no image can be read; the message names the first image of the shard.
    """
    if any(row["status"] == "selected" for row in rows):
        return
    in_shard = {row["image_id"]: row for row in rows}
    others = (entry for entry in chosen if entry.image_id not in in_shard)
    if not any(map(_is_there, others)):
        first = next(entry for entry in chosen if entry.image_id in in_shard)
        raise _none_readable(chosen, first, in_shard[first.image_id]["status"])


def shard_name(position: int, shard_size: int) -> str:
    """Return the name of the shard that holds the image at a position of the subset.

    Examples:
        >>> shard_name(120, shard_size=50)
        '00002'
    """
    return f"{position // shard_size:05d}"


def positions(shard: str, shard_size: int, images: int) -> range:
    """Return the positions in the subset of a shard's images.

    Args:
        shard: name of the shard.
        shard_size: images per full shard.
        images: number of images in the subset.

    Returns:
        Consecutive positions, from 0.

    Examples:
        >>> positions("00002", shard_size=50, images=120)
        range(100, 120)
    """
    first = int(shard) * shard_size
    return range(first, min(first + shard_size, images))


def partner(position: int, images: int) -> int | None:
    """Return the position of the image that is paired with the one at a position.

    Images pair up as 0 and 1, 2 and 3, and so on. If one is left over at the end, its partner is
    the image before it. Classes take turns in a drawn subset, so the two images are of different
    classes as long as more than one class has images left. They need not be in the tail of an
    uneven subset, or in a list sorted by class that is used whole.

    Args:
        position: position in the subset, from 0.
        images: number of images in the subset.

    Returns:
        The position of the partner; None if the subset has one image only.
    """
    if images < 2:
        return None
    other = position ^ 1
    return other if other < images else position - 1


def partner_images(subset: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the image_id of each image's partner, by the image_id of the image.

    Args:
        subset: rows of the ``subset`` table, for some shards and those of their partners. Images
            whose partner is not among them are left out.
    """
    order = {row["position"]: row["image_id"] for row in subset}
    images = max(order, default=-1) + 1
    others = {image: order.get(partner(position, images)) for position, image in order.items()}
    return {image: other for image, other in others.items() if other is not None}


def partner_shards(shard: str, shard_size: int, images: int) -> list[str]:
    """Return the names of the shards that hold the partners of a shard's images.

    Args:
        shard: name of the shard.
        shard_size: images per full shard.
        images: number of images in the subset.

    Returns:
        The names, sorted.
    """
    partners = (partner(position, images) for position in positions(shard, shard_size, images))
    return sorted({shard_name(other, shard_size) for other in partners if other is not None})
