"""Where ImageNet's validation images lie, and what labels them: four usual layouts."""

import os
import re
from collections.abc import Callable
from pathlib import Path

from ssimball.datasets.folders import is_of_system, photographs
from ssimball.datasets.imagenet_labels import DEVKIT, KAGGLE_CSV, Labels, read_devkit, read_kaggle
from ssimball.datasets.interface import Entry
from ssimball.errors import DatasetError

_WNID = re.compile(r"n\d{8}")
_WNID_IN_NAME = re.compile(r"(?<![0-9A-Za-z])n\d{8}(?!\d)")
_NUMBERED = re.compile(r"ILSVRC2012_val_\d{8}")
#: Folders above the images that may hold the labels: as many as from Kaggle's images to its CSV.
LEVELS_UP = 4


def from_folders(folder: Path, labels: Labels) -> list[Entry]:
    """Return the images in one folder per wnid; none if there are no such folders.

    Raises:
        DatasetError: a folder with images is no class, or two images have one name.
    """
    with os.scandir(folder) as listing:
        # The listing has the type of each entry, which saves a call per file.
        names = sorted(e.name for e in listing if not is_of_system(e.name) and e.is_dir())
    if not any(map(_WNID.fullmatch, names)):
        return []
    images = []
    for wnid in names:
        found = photographs(folder / wnid)
        if found and wnid not in labels:
            raise DatasetError(f"{folder / wnid}: not a WordNet ID of ILSVRC-2012; move the folder")
        for name in found:
            images.append(Entry(_stem(name), labels[wnid], f"{folder}/{wnid}/{name}"))
    return _unique(images)


def from_names(folder: Path, labels: Labels) -> list[Entry]:
    """Return the images of a flat folder whose names hold a wnid; none if there are none.

    Raises:
        DatasetError: a wnid in a name is no class.
    """
    images = []
    for name in photographs(folder):
        wnids = _WNID_IN_NAME.findall(_stem(name))
        if not wnids:
            continue
        if len(set(wnids)) > 1 or wnids[0] not in labels:
            raise DatasetError(
                f"{folder}/{name}: {' and '.join(wnids)} is not a WordNet ID of ILSVRC-2012; "
                "rename or move the file"
            )
        images.append(Entry(_stem(name), labels[wnids[0]], f"{folder}/{name}"))
    return _unique(images)


def from_kaggle(folder: Path, labels: Labels) -> list[Entry]:
    """Return the images of a flat folder that Kaggle's CSV labels; none without images or CSV."""
    return _from_flat(folder, labels, (KAGGLE_CSV,), read_kaggle)


def from_devkit(folder: Path, labels: Labels) -> list[Entry]:
    """Return the images of a flat folder that the devkit labels; none without images or devkit."""
    return _from_flat(folder, labels, (DEVKIT, f"{DEVKIT}.tar.gz"), read_devkit)


def _from_flat(
    folder: Path, labels: Labels, sources: tuple[str, ...], read: Callable[[Path, Labels], Labels]
) -> list[Entry]:
    """Return the images in one flat folder; none if there are no images or no labels.

    Args:
        folder: the flat folder.
        labels: label of each wnid.
        sources: names of the files or folders that may hold the labels of the images.
        read: reads such a source.
    """
    images = flat_images(folder)
    candidates = (
        parent / name for parent in (folder, *folder.parents[:LEVELS_UP]) for name in sources
    )
    source = next((path for path in candidates if path.exists()), None)
    if not images or source is None:
        return []
    truth = read(source, labels)
    for image_id, location in images:
        if image_id not in truth:
            raise DatasetError(f"{source}: no label for {location}; get a complete copy")
    return _unique([Entry(image_id, truth[image_id], location) for image_id, location in images])


def flat_images(folder: Path) -> list[tuple[str, str]]:
    """Return (image_id, location) of the images in a flat folder that the labels go by."""
    names = photographs(folder)
    return [(_stem(name), f"{folder}/{name}") for name in names if _NUMBERED.fullmatch(_stem(name))]


def _stem(name: str) -> str:
    return name.rpartition(".")[0]


def _unique(entries: list[Entry]) -> list[Entry]:
    """Return the entries, after a check that no two have the same image_id."""
    seen: dict[str, Entry] = {}
    for entry in entries:
        other = seen.setdefault(entry.image_id, entry)
        if other is not entry:
            raise DatasetError(
                f"{other.location} and {entry.location}: two images named {entry.image_id}; "
                "keep one of them"
            )
    return entries


LAYOUTS: dict[str, Callable[[Path, Labels], list[Entry]]] = {
    "folders": from_folders,
    "kaggle": from_kaggle,
    "devkit": from_devkit,
    "names": from_names,
}
