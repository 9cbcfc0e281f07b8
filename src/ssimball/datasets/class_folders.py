"""A manifest of photographs that lie in one folder per class of ImageNet."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from timm.data.imagenet_info import ImageNetInfo

from ssimball.config.dataset import IMAGENET_CLASSES
from ssimball.config.messages import suggestion
from ssimball.errors import DatasetError

_SUFFIXES = (".jpg", ".jpeg", ".png")


def manifest_of(folder: Path) -> str:
    """Return the manifest, as CSV, of photographs in one folder per class.

    A class is named by its WordNet ID (n02123045), its index (281) or its name (tabby), upper and
    lower case, blanks and underscores alike. Other files, and folders without photographs, are
    passed over. The columns are path (absolute), label, class_name and image_id (folder and file).

    Args:
        folder: the folder of the class folders.

    Raises:
        DatasetError: there is no such folder, it holds no photographs, or a folder with photographs
            is not named after a class.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder}: there is no such folder; name the folder of class folders")
    info = ImageNetInfo("imagenet-1k")
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("path", "label", "class_name", "image_id"))
    rows = list(_rows(folder, _labels(info), info))
    if not rows:
        raise DatasetError(
            f"{folder}: no photographs in class folders; expected folders like n02123045, 281 or "
            f"tabby with files {', '.join(_SUFFIXES)}"
        )
    writer.writerows(rows)
    return stream.getvalue()


def _labels(info: ImageNetInfo) -> dict[str, int]:
    """Return the label of each name that a class goes by."""
    labels: dict[str, int] = {}
    for label in reversed(range(IMAGENET_CLASSES)):  # the first of two equal names is kept
        names = info.index_to_description(label, detailed=False).split(", ")
        labels |= {_normal(name): label for name in names}
    for label in range(IMAGENET_CLASSES):
        labels |= {info.index_to_label_name(label): label, str(label): label}
    return labels


def _normal(name: str) -> str:
    return name.lower().replace("_", " ")


def _rows(
    folder: Path, labels: Mapping[str, int], info: ImageNetInfo
) -> Iterator[tuple[str, int, str, str]]:
    for of_class in sorted(path for path in folder.iterdir() if path.is_dir()):
        files = sorted(
            file
            for file in of_class.iterdir()
            if file.suffix.lower() in _SUFFIXES and not file.name.startswith(".")
        )
        if not files:
            continue
        label = labels.get(_normal(of_class.name))
        if label is None:
            nearest = suggestion(of_class.name, sorted(labels), cutoff=0.0)
            raise DatasetError(
                f"{of_class}: holds photographs but is no class of ImageNet; rename it to the "
                f"class's WordNet ID, index or name ({nearest})"
            )
        for file in files:
            image_id = f"{of_class.name}/{file.name}"
            yield str(file.absolute()), label, info.index_to_description(label), image_id
