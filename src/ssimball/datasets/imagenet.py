"""A data set of the ImageNet (ILSVRC-2012) validation images, in three usual layouts."""

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from timm.data.imagenet_info import ImageNetInfo

from ssimball.datasets.files import FileDataset
from ssimball.datasets.ground_truth import BoxFile
from ssimball.datasets.imagenet_labels import DEVKIT, KAGGLE_CSV, Labels, read_devkit, read_kaggle
from ssimball.datasets.imagenet_names import imagenet_class_names
from ssimball.datasets.interface import Entry
from ssimball.errors import DatasetError

_WNID = re.compile(r"n\d{8}")
_SUFFIXES = (".jpeg", ".jpg", ".png")
_FLAT = re.compile(r"(ILSVRC2012_val_\d{8})\.(?i:jpeg|jpg|png)")
# Folders below the root that may hold the images; the last three are parts of Kaggle's tree.
_IMAGE_FOLDERS = ("", "val", "CLS-LOC/val", "Data/CLS-LOC/val", "ILSVRC/Data/CLS-LOC/val")
# Folders above the images that may hold the labels: as many as from Kaggle's images to its CSV.
_LEVELS_UP = 4


class ImageNetDataset(FileDataset):
    """ImageNet (ILSVRC-2012) validation images.

    An ``image_id`` is the stem of the file's name, such as ILSVRC2012_val_00000001. A label is the
    index of the class among the sorted WordNet IDs (wnids), as in the usual networks.
    """

    def __init__(self, root: Path, layout: str = "auto", boxes: Path | None = None) -> None:
        """Find the images and their labels.

        Args:
            root: folder of the images, or the folder above a ``val``, or any of Kaggle's folders
                above ``ILSVRC/Data/CLS-LOC/val``.
            layout: "folders": ``<wnid>/*.JPEG``. "kaggle": a flat folder, with
                ``LOC_val_solution.csv`` in it or up to four folders above. "devkit": a flat folder,
                with ``ILSVRC2012_devkit_t12`` in the same places, unpacked or as ``.tar.gz``.
                "auto": the first of these that is found.
            boxes: folder of the bounding boxes, ``ILSVRC2012_val_00000001.xml`` and so on. The
                union of an image's boxes is its object; an image without a file has no mask.

        Raises:
            DatasetError: the layout is not found, a wnid is unknown, an image has no label, two
                images have one name, the labels are damaged, or the folder has no boxes.
        """
        if layout not in ("auto", *_LAYOUTS):
            raise DatasetError(f"layout is {layout!r}; use auto or one of {', '.join(_LAYOUTS)}")
        info = ImageNetInfo("imagenet-1k")
        labels = {info.index_to_label_name(label): label for label in range(1000)}
        try:
            entries = _labelled_images(root, layout, labels)
            entries = entries if boxes is None else _with_boxes(entries, boxes)
        except OSError as error:
            reason = f"{error.filename}: cannot be read: {error.strerror}"
            raise DatasetError(f"{reason}; correct the path or its permissions") from error
        # The order does not depend on the layout.
        entries = sorted(entries, key=lambda entry: entry.image_id)
        super().__init__("ImageNet", entries, imagenet_class_names())


def _labelled_images(root: Path, layout: str, labels: Labels) -> list[Entry]:
    """Return the images of the first layout and folder in which there are any."""
    # Not resolve(): if ``val`` is a link, the labels lie beside the link.
    base = Path(os.path.abspath(root))  # noqa: PTH100
    folders = [folder for folder in (base / sub for sub in _IMAGE_FOLDERS) if folder.is_dir()]
    if not folders:
        raise DatasetError(
            f"{root}: there is no such folder; name the folder of ImageNet's validation images"
        )
    for name in list(_LAYOUTS) if layout == "auto" else [layout]:
        for folder in folders:
            if entries := _LAYOUTS[name](folder, labels):
                return entries
    raise DatasetError(_nothing_found(root, layout, folders))


def _nothing_found(root: Path, layout: str, folders: list[Path]) -> str:
    """Return the message about a root without labelled images: what was looked for and where."""
    flat = next((folder for folder in folders if _flat_images(folder)), None)
    reason = f"nothing labels the images in {flat}; " if flat else ""
    return (
        f"{root}: no labelled ImageNet validation images (layout {layout}); {reason}searched "
        f"{', '.join(map(str, folders))} for folders like n01440764 (layout folders), and for "
        f"ILSVRC2012_val_*.JPEG with {KAGGLE_CSV} (layout kaggle) or {DEVKIT}, unpacked or as "
        f".tar.gz (layout devkit), in the same folder or up to {_LEVELS_UP} folders above"
    )


def _with_boxes(entries: list[Entry], folder: Path) -> list[Entry]:
    """Return the entries with their bounding-box files, if they have one."""
    present = set(os.listdir(folder))  # noqa: PTH208 - 50,000 names
    boxed = [
        replace(entry, truth=BoxFile(folder / name)) if name in present else entry
        for entry, name in ((entry, f"{entry.image_id}.xml") for entry in entries)
    ]
    if boxed == entries:
        raise DatasetError(
            f"{folder}: no bounding boxes of the images; name the folder with files like "
            f"{entries[0].image_id}.xml"
        )
    return boxed


def _from_folders(folder: Path, labels: Labels) -> list[Entry]:
    """Return the images in one folder per wnid; none if there are no such folders."""
    with os.scandir(folder) as listing:
        # The listing has the type of each entry, which saves a call per file.
        wnids = sorted(e.name for e in listing if not e.name.startswith(".") and e.is_dir())
    if not any(map(_WNID.fullmatch, wnids)):
        return []
    images = []
    for wnid in wnids:
        if wnid not in labels:
            raise DatasetError(f"{folder / wnid}: not a WordNet ID of ILSVRC-2012; move the folder")
        for name in sorted(os.listdir(folder / wnid)):  # noqa: PTH208 - 50,000 names
            stem, dot, suffix = name.rpartition(".")
            if stem and not stem.startswith(".") and f"{dot}{suffix}".lower() in _SUFFIXES:
                images.append(Entry(stem, labels[wnid], f"{folder}/{wnid}/{name}"))
    return _unique(images)


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
    images = _flat_images(folder)
    candidates = (
        parent / name for parent in (folder, *folder.parents[:_LEVELS_UP]) for name in sources
    )
    source = next((path for path in candidates if path.exists()), None)
    if not images or source is None:
        return []
    truth = read(source, labels)
    for image_id, location in images:
        if image_id not in truth:
            raise DatasetError(f"{source}: no label for {location}; get a complete copy")
    return _unique([Entry(image_id, truth[image_id], location) for image_id, location in images])


def _flat_images(folder: Path) -> list[tuple[str, str]]:
    """Return (image_id, location) of the images in a flat folder."""
    names = filter(None, map(_FLAT.fullmatch, sorted(os.listdir(folder))))  # noqa: PTH208
    return [(name[1], f"{folder}/{name[0]}") for name in names]


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


def _from_kaggle(folder: Path, labels: Labels) -> list[Entry]:
    return _from_flat(folder, labels, (KAGGLE_CSV,), read_kaggle)


def _from_devkit(folder: Path, labels: Labels) -> list[Entry]:
    return _from_flat(folder, labels, (DEVKIT, f"{DEVKIT}.tar.gz"), read_devkit)


_LAYOUTS: dict[str, Callable[[Path, Labels], list[Entry]]] = {
    "folders": _from_folders,
    "kaggle": _from_kaggle,
    "devkit": _from_devkit,
}
