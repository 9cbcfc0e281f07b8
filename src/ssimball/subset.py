"""Which images a run works on, in which order, and in which shards.

More images, drawn or appended to a list that is taken whole, only add to the end, so shards that
are full stay as they are.
"""

from collections import defaultdict
from collections.abc import Sequence
from typing import Literal

from ssimball.datasets.interface import Entry
from ssimball.errors import DatasetError
from ssimball.randomness import digest


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
            "lower it, or set it to all"
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
