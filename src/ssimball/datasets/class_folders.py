"""A manifest of photographs whose folders or names say their class of ImageNet."""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

from ssimball.config.dataset import IMAGENET_CLASSES
from ssimball.config.messages import suggestion
from ssimball.datasets.folders import SUFFIXES, is_of_system, is_photograph, photographs
from ssimball.datasets.imagenet_layouts import from_names
from ssimball.datasets.imagenet_names import imagenet_class_names, labels_by_wnid
from ssimball.errors import DatasetError


def manifest_of(folder: Path) -> str:
    """Return the manifest, as CSV, of photographs in one folder per class.

    A class is named by its WordNet ID (n02123045), its index (281) or its name (tabby), upper and
    lower case, blanks and underscores alike. Other files, and folders without photographs, are
    passed over. Without such folders, photographs whose names hold a WordNet ID are listed. The
    columns are path (absolute), label, class_name and image_id (folder and file).

    Args:
        folder: the folder of the class folders or photographs.

    Raises:
        DatasetError: there is no such folder, it holds no photographs, or a folder with photographs
            is not named after a class.
    """
    if not folder.is_dir():
        raise DatasetError(f"{folder}: there is no such folder; name the folder of class folders")
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(("path", "label", "class_name", "image_id"))
    rows = list(_rows(folder, _labels())) or list(_flat_rows(folder))
    if not rows:
        raise DatasetError(
            f"{folder}: no photographs in class folders; expected folders like n02123045, 281 or "
            f"tabby with files {', '.join(SUFFIXES)}, or files like 1_n02123045.jpg"
        )
    writer.writerows(rows)
    return stream.getvalue()


def passed_over(folder: Path) -> list[str]:
    """Return what lies in class folders, is no photograph, and was not put there by a system.

    Args:
        folder: the folder of the class folders.
    """
    return [
        f"{of_class.name}/{path.name}"
        for of_class in _class_folders(folder)
        for path in sorted(of_class.iterdir())
        if not is_of_system(path.name) and (path.is_dir() or not is_photograph(path.name))
    ]


def _class_folders(folder: Path) -> list[Path]:
    inside = (path for path in folder.iterdir() if not is_of_system(path.name))
    return sorted(path for path in inside if path.is_dir())


def _labels() -> dict[str, int]:
    """Return the label of each name that a class goes by."""
    labels: dict[str, int] = {}
    for label in reversed(range(IMAGENET_CLASSES)):  # the first of two equal names is kept
        names = imagenet_class_names()[label].split(", ")
        labels |= {_normal(name): label for name in names}
    labels |= {str(label): label for label in range(IMAGENET_CLASSES)}
    return labels | labels_by_wnid()


def _normal(name: str) -> str:
    return name.lower().replace("_", " ")


def _flat_rows(folder: Path) -> Iterator[tuple[str, int, str, str]]:
    for entry in from_names(folder.absolute(), labels_by_wnid()):
        name = imagenet_class_names()[entry.label]
        yield entry.location, entry.label, name, Path(entry.location).name


def _rows(folder: Path, labels: Mapping[str, int]) -> Iterator[tuple[str, int, str, str]]:
    for of_class in _class_folders(folder):
        files = [of_class / name for name in photographs(of_class)]
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
            yield str(file.absolute()), label, imagenet_class_names()[label], image_id
