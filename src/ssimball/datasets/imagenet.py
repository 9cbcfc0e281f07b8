"""A data set of the ImageNet (ILSVRC-2012) validation images, in four usual layouts."""

import os
from dataclasses import replace
from pathlib import Path

from ssimball.datasets.files import FileDataset
from ssimball.datasets.ground_truth import BoxFile
from ssimball.datasets.imagenet_labels import DEVKIT, KAGGLE_CSV, Labels
from ssimball.datasets.imagenet_layouts import LAYOUTS, LEVELS_UP, flat_images
from ssimball.datasets.imagenet_names import imagenet_class_names, labels_by_wnid
from ssimball.datasets.interface import Entry
from ssimball.errors import DatasetError
from ssimball.storage.regular_files import remedy

# Folders below the root that may hold the images; the last three are parts of Kaggle's tree.
_IMAGE_FOLDERS = ("", "val", "CLS-LOC/val", "Data/CLS-LOC/val", "ILSVRC/Data/CLS-LOC/val")
_ARCHIVE = "ILSVRC2012_img_val.tar"
_ARCHIVES = (".tar", ".gz", ".tgz", ".zip")


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
                "names": a flat folder whose file names hold the wnid, as in ``1_n01440764.JPEG``.
                "auto": the first of these that is found.
            boxes: folder of the bounding boxes, ``ILSVRC2012_val_00000001.xml`` and so on. The
                union of an image's boxes is its object; an image without a file has no mask.

        Raises:
            DatasetError: the layout is not found, a wnid is unknown, an image has no label, two
                images have one name, the labels are damaged, or the folder has no boxes.
        """
        if layout not in ("auto", *LAYOUTS):
            raise DatasetError(f"layout is {layout!r}; use auto or one of {', '.join(LAYOUTS)}")
        labels = labels_by_wnid()
        try:
            entries = _labelled_images(root, layout, labels)
            entries = entries if boxes is None else _with_boxes(entries, boxes)
        except OSError as error:
            reason = f"{error.filename}: cannot be read: {error.strerror}"
            raise DatasetError(f"{reason}; {remedy(error, 'correct the path')}") from error
        # The order does not depend on the layout.
        entries = sorted(entries, key=lambda entry: entry.image_id)
        super().__init__("ImageNet", entries, list(imagenet_class_names()))


def _labelled_images(root: Path, layout: str, labels: Labels) -> list[Entry]:
    """Return the images of the first layout and folder in which there are any."""
    # Not resolve(): if ``val`` is a link, the labels lie beside the link.
    base = Path(os.path.abspath(root))  # noqa: PTH100
    folders = [folder for folder in (base / sub for sub in _IMAGE_FOLDERS) if folder.is_dir()]
    archives = (path for path in (base, base / _ARCHIVE) if path.suffix in _ARCHIVES)
    archive = next(filter(Path.is_file, archives), None)
    if not folders and archive is None:
        raise DatasetError(
            f"{root}: there is no such folder; name the folder of ImageNet's validation images"
        )
    for name in list(LAYOUTS) if layout == "auto" else [layout]:
        for folder in folders:
            if entries := LAYOUTS[name](folder, labels):
                return entries
    if archive is not None:
        raise DatasetError(
            f"{archive}: an archive; unpack it into a folder (tar -xf {_ARCHIVE} -C val), put "
            f"{KAGGLE_CSV} or {DEVKIT}.tar.gz beside the images, and name the folder"
        )
    raise DatasetError(_nothing_found(root, layout, folders))


def _nothing_found(root: Path, layout: str, folders: list[Path]) -> str:
    """Return the message about a root without labelled images: what was looked for and where."""
    flat = next((folder for folder in folders if flat_images(folder)), None)
    reason = f"nothing labels the images in {flat}; " if flat else ""
    return (
        f"{root}: no labelled ImageNet validation images (layout {layout}); {reason}searched "
        f"{', '.join(map(str, folders))} for folders like n01440764 (layout folders), and for "
        f"ILSVRC2012_val_*.JPEG with {KAGGLE_CSV} (layout kaggle) or {DEVKIT}, unpacked or as "
        f".tar.gz (layout devkit), in the same folder or up to {LEVELS_UP} folders above, and "
        "for files like 1_n01440764.JPEG (layout names); class folders with other names are listed "
        "by `ssimball manifest`"
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
