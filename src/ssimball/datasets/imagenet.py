"""ImageNet (ILSVRC-2012) validation images in the layouts in which people have them."""

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from timm.data.imagenet_info import ImageNetInfo

from ssimball.datasets.files import FileDataset
from ssimball.datasets.ground_truth import BoxFile
from ssimball.datasets.imagenet_labels import DEVKIT, KAGGLE_CSV, Labels, read_devkit, read_kaggle
from ssimball.datasets.interface import Entry
from ssimball.errors import DatasetError

_WNID = re.compile(r"n\d{8}")
_SUFFIXES = (".jpeg", ".jpg", ".png")
_FLAT = re.compile(r"(ILSVRC2012_val_\d{8})\.(?i:jpeg|jpg|png)")
# Where the images are looked for below the root; the last three are parts of Kaggle's tree.
_IMAGE_FOLDERS = ("", "val", "CLS-LOC/val", "Data/CLS-LOC/val", "ILSVRC/Data/CLS-LOC/val")
_LEVELS_UP = 4  # From Kaggle's folder of images to its CSV.


class ImageNetDataset(FileDataset):
    """ILSVRC-2012 validation images; ``image_id`` is the file's stem, ILSVRC2012_val_00000001.

    A label is the place of the class among the sorted wnids, the order of the usual networks.

    Args:
        root: folder of the images, or the one above a ``val``, or any of Kaggle's folders above
            ``ILSVRC/Data/CLS-LOC/val``.
        layout: "folders": ``<wnid>/*.JPEG``. "kaggle": a flat folder and ``LOC_val_solution.csv``
            in it or up to four folders above. "devkit": a flat folder and, in the same places,
            ``ILSVRC2012_devkit_t12``, unpacked or as ``.tar.gz``. "auto": the first that is found.
        boxes: folder of the bounding boxes, ``ILSVRC2012_val_00000001.xml`` and so on. All boxes of
            an image are its object; an image without a file has no object mask.

    Raises:
        DatasetError: no such layout there, an unknown wnid, an image without a label, two images
            of one name, damaged labels, or no bounding boxes in the folder given.
    """

    def __init__(self, root: Path, layout: str = "auto", boxes: Path | None = None) -> None:
        if layout not in ("auto", *_LAYOUTS):
            raise DatasetError(f"layout is {layout!r}; take auto or one of {', '.join(_LAYOUTS)}")
        info = ImageNetInfo("imagenet-1k")
        labels = {info.index_to_label_name(label): label for label in range(1000)}
        # Not resolve(): what labels the images lies beside the link, where ``val`` is one.
        base = Path(os.path.abspath(root))  # noqa: PTH100
        folders = [folder for folder in (base / sub for sub in _IMAGE_FOLDERS) if folder.is_dir()]
        if not folders:
            raise DatasetError(f"{root}: no such folder; name that of ImageNet's validation images")
        layouts = list(_LAYOUTS) if layout == "auto" else [layout]
        try:
            found = (_LAYOUTS[name](folder, labels) for name in layouts for folder in folders)
            entries = next(filter(None, found), None)
            if entries is None:
                raise DatasetError(_nothing_found(root, layout, folders))
            entries = entries if boxes is None else _with_boxes(entries, boxes)
        except OSError as error:
            reason = f"{error.filename}: cannot be read: {error.strerror}"
            raise DatasetError(f"{reason}; correct the path, or let it be read") from error
        names = [info.index_to_description(label) for label in range(1000)]
        # Whatever the layout, the same images come in the same order.
        entries = sorted(entries, key=lambda entry: entry.image_id)
        super().__init__("ImageNet", entries, names)


def _nothing_found(root: Path, layout: str, folders: list[Path]) -> str:
    flat = next((folder for folder in folders if _flat_images(folder)), None)
    reason = f"the images in {flat} have nothing that labels them; " if flat else ""
    return (
        f"{root}: no labelled ImageNet validation images (layout {layout}); {reason}looked in "
        f"{', '.join(map(str, folders))} for folders like n01440764 (layout folders), and for "
        f"ILSVRC2012_val_*.JPEG with {KAGGLE_CSV} (layout kaggle) or {DEVKIT}, unpacked or as "
        f".tar.gz (layout devkit), in the same folder or up to {_LEVELS_UP} folders above"
    )


def _with_boxes(entries: list[Entry], folder: Path) -> list[Entry]:
    present = set(os.listdir(folder))  # noqa: PTH208 - 50,000 names
    boxed = [
        replace(entry, truth=BoxFile(folder / name)) if name in present else entry
        for entry, name in ((entry, f"{entry.image_id}.xml") for entry in entries)
    ]
    if boxed == entries:
        raise DatasetError(
            f"{folder}: no bounding boxes of the images; name the folder that holds files like "
            f"{entries[0].image_id}.xml"
        )
    return boxed


def _from_folders(folder: Path, labels: Labels) -> list[Entry]:
    """One folder per wnid; empty where there is none."""
    with os.scandir(folder) as listing:
        # The type of an entry comes with the listing: no further call per file.
        wnids = sorted(e.name for e in listing if not e.name.startswith(".") and e.is_dir())
    if not any(map(_WNID.fullmatch, wnids)):
        return []
    images = []
    for wnid in wnids:
        if wnid not in labels:
            raise DatasetError(f"{folder / wnid}: not an ILSVRC-2012 wnid; move the folder away")
        for name in sorted(os.listdir(folder / wnid)):  # noqa: PTH208 - 50,000 names
            stem, dot, suffix = name.rpartition(".")
            if stem and not stem.startswith(".") and f"{dot}{suffix}".lower() in _SUFFIXES:
                images.append(Entry(stem, labels[wnid], f"{folder}/{wnid}/{name}"))
    return _unique(images)


def _from_flat(
    folder: Path, labels: Labels, sources: tuple[str, ...], read: Callable[[Path, Labels], Labels]
) -> list[Entry]:
    """All images in one folder; empty where there are none, or no source of labels."""
    images = _flat_images(folder)
    places = (place / name for place in (folder, *folder.parents[:_LEVELS_UP]) for name in sources)
    source = next((place for place in places if place.exists()), None)
    if not images or source is None:
        return []
    truth = read(source, labels)
    for image_id, location in images:
        if image_id not in truth:
            raise DatasetError(f"{source}: no label for {location}; get the whole file")
    return _unique([Entry(image_id, truth[image_id], location) for image_id, location in images])


def _flat_images(folder: Path) -> list[tuple[str, str]]:
    """``(image_id, location)`` of the images in a flat folder."""
    names = filter(None, map(_FLAT.fullmatch, sorted(os.listdir(folder))))  # noqa: PTH208
    return [(name[1], f"{folder}/{name[0]}") for name in names]


def _unique(entries: list[Entry]) -> list[Entry]:
    seen: dict[str, Entry] = {}
    for entry in entries:
        other = seen.setdefault(entry.image_id, entry)
        if other is not entry:
            raise DatasetError(
                f"{other.location} and {entry.location}: two images named {entry.image_id}; "
                "keep one of them"
            )
    return entries


def _from_kaggle(folder: Path, labels: Labels) -> list[Entry]:
    return _from_flat(folder, labels, (KAGGLE_CSV,), read_kaggle)


def _from_devkit(folder: Path, labels: Labels) -> list[Entry]:
    return _from_flat(folder, labels, (DEVKIT, f"{DEVKIT}.tar.gz"), read_devkit)


_LAYOUTS: dict[str, Callable[[Path, Labels], list[Entry]]] = {
    "folders": _from_folders,
    "kaggle": _from_kaggle,
    "devkit": _from_devkit,
}
