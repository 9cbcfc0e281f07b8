"""The files of the ImageNet photographs that the package foolbox comes with."""

import re
from importlib.util import find_spec
from pathlib import Path

from ssimball.config.dataset import FOOLBOX_PHOTOGRAPHS
from ssimball.datasets.interface import Entry
from ssimball.errors import DatasetError

_NAME = re.compile(r"imagenet_(\d{2})_(\d{1,3})\.(?:jpg|png)")
_REMEDY = "install the version of foolbox that envs/requirements.lock names"


def photographs(folder: Path | None = None) -> list[Entry]:
    """Return the photographs in the order of their names.

    A file's name holds its label, the index of the class among the sorted WordNet IDs. An
    ``image_id`` is the name without label and suffix, such as imagenet_00. Nothing is imported
    from foolbox, which would take seconds.

    Args:
        folder: where they lie; None for the installed package.

    Raises:
        DatasetError: foolbox is not installed or lacks its photographs.
    """
    folder = _package_folder() if folder is None else folder
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    found = [match for match in map(_NAME.fullmatch, names) if match]
    if len(found) != FOOLBOX_PHOTOGRAPHS:
        raise DatasetError(
            f"{folder}: expected {FOOLBOX_PHOTOGRAPHS} files like imagenet_00_243.jpg, found "
            f"{len(found)}; {_REMEDY}"
        )
    return [Entry(f"imagenet_{match[1]}", int(match[2]), f"{folder}/{match[0]}") for match in found]


def _package_folder() -> Path:
    spec = find_spec("foolbox")
    if spec is None or spec.origin is None:
        raise DatasetError(f"dataset.kind: the package foolbox is not installed; {_REMEDY}")
    return Path(spec.origin).parent / "data"
