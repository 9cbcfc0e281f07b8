"""Drawing a subset: stratified by class, seeded, independent of the order of the files."""

from collections import defaultdict
from collections.abc import Sequence

from ssimball.datasets.interface import Entry
from ssimball.errors import DatasetError
from ssimball.randomness import digest


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
