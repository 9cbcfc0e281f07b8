"""A data set of the user's own photographs, listed in a CSV file."""

import os
import posixpath
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from ssimball.datasets.files import FileDataset
from ssimball.datasets.ground_truth import Boxes, MaskFile, parse_box
from ssimball.datasets.imagenet_names import completed_names
from ssimball.datasets.interface import Entry, GroundTruth, Image
from ssimball.datasets.manifest_rows import Row, read_rows
from ssimball.errors import DatasetError, ImageError
from ssimball.storage.provenance import json_sha256

#: Columns that may hold class names; the first that exists is used.
_NAME_COLUMNS = ("class_name", "name")


class ManifestDataset(FileDataset):
    """Photographs listed in a UTF-8 CSV file with a header.

    Image files are opened later, one by one. The columns of the CSV file are:

    - ``path``: path of the image, relative to the CSV's folder, with forward slashes, or absolute.
    - ``label``: index of the true class, 0 to ``n_classes - 1``.
    - ``image_id``: optional. By default the normalised path (``./a//b.png`` becomes ``a/b.png``).
      An absolute path inside the CSV's folder becomes relative to that folder. Any other absolute
      path becomes the file name alone, so that the id does not reveal where the data lies.
    - ``class_name``, or else ``name``: optional name of the label's class; by default ImageNet's
      where these are its classes, or else the index.
    - ``sha256``: optional hex SHA-256 of the image file. A file with another hash counts as
      unreadable.
    - ``mask``: optional path of a BMP, GIF, PNG or PPM of the photograph's size, black outside the
      object; relative like ``path``.
    - ``mask_sha256``: optional hex SHA-256 of the mask's file.
    - ``boxes``: optional, instead of a mask: ``xmin ymin xmax ymax`` in whole pixels from 0, both
      corners included; several boxes are separated by ``;``. Their union is the object.

    An empty cell of the last three means that nothing is known. Masks and boxes refer to the stored
    pixels of the file; the photograph's EXIF orientation is applied to both. All columns except
    path, label, image_id, mask and boxes are stored as strings in ``Entry.extra``.
    """

    def __init__(self, csv_path: Path, n_classes: int, stay_inside: bool | None = None) -> None:
        """Read a manifest.

        Args:
            csv_path: the manifest.
            n_classes: number of classes of the network.
            stay_inside: whether all files must lie in the manifest's folder; None: if any does.

        Raises:
            DatasetError: the manifest is missing, is not a UTF-8 CSV, lists no image, or has a
                wrong row, whose line the message names. A missing image file is no error here.
        """
        rows = list(read_rows(csv_path))
        if not rows:
            raise DatasetError(f"{csv_path}: lists no images; add a row for each below the header")
        self._lines: dict[str, int] = {}
        self._cells: dict[str, dict[str, str]] = {}
        paths: dict[str, int] = {}
        entries = []
        for row in rows:
            entry = _parse_entry(csv_path, row, n_classes)
            location = posixpath.normpath(entry.location)
            _claim(paths, location, row.line, f"{csv_path}: the path {row.cells['path']!r}")
            _claim(
                self._lines,
                entry.image_id,
                row.line,
                f"{csv_path}: the image_id {entry.image_id!r}",
                "; write paths relative to the manifest, or add a column image_id",
            )
            self._cells[entry.image_id] = row.cells
            entries.append(entry)
        inside = [_escaping(csv_path.parent, entry) is None for entry in entries]
        self._folder = (
            csv_path.parent if stay_inside or (stay_inside is None and any(inside)) else None
        )
        if self._folder is not None and not all(inside):
            self._refuse(csv_path, entries[inside.index(False)])
        super().__init__(csv_path.name, entries, _class_names(csv_path, rows, n_classes))

    def rows_sha256(self, entries: Sequence[Entry]) -> str:
        """Return the hex SHA-256 of the rows of some entries, wherever in the manifest they are.

        The hash covers the names of their classes, which other rows may define.

        Args:
            entries: entries of this data set.
        """
        rows = [[self._cells[entry.image_id], self.class_names[entry.label]] for entry in entries]
        return json_sha256(rows)

    def sha256(self, entry: Entry) -> str:
        """Return the hex SHA-256 of the image's file.

        Raises:
            ImageError: as in ``FileDataset``, or the manifest states another sha256.
        """
        digest = super().sha256(entry)
        self._check_stated(entry, "sha256", digest, self._path(entry))
        return digest

    def mask_sha256(self, entry: Entry) -> str | None:
        """Return the hex SHA-256 of the mask's file; None if there is none.

        Raises:
            ImageError: as in ``FileDataset``, or the manifest states another mask_sha256.
        """
        digest, truth = super().mask_sha256(entry), self._entry(entry).truth
        if digest is not None and truth is not None and truth.file is not None:
            self._check_stated(entry, "mask_sha256", digest, truth.file)
        return digest

    def load(self, entry: Entry) -> Image:
        """Decode the file to 8-bit RGB, with the object's mask if it is known.

        Raises:
            ImageError: as in ``FileDataset``, or the manifest states another sha256 or mask_sha256.
        """
        stated = self._entry(entry).extra
        if stated.get("sha256"):
            self.sha256(entry)
        if stated.get("mask_sha256"):
            self.mask_sha256(entry)
        return super().load(entry)

    def _refuse(self, csv_path: Path, entry: Entry) -> None:
        name = _escaping(csv_path.parent, entry)
        raise DatasetError(
            f"{csv_path}, line {self._lines[entry.image_id]}: {name} lies outside the manifest's "
            "folder; if you made the manifest, set dataset.manifest.stay_inside: false"
        )

    def _path(self, entry: Entry) -> Path:
        """Return the image's file, which a symbolic link must not put outside the folder."""
        path, truth = super()._path(entry), self._entry(entry).truth
        for file in filter(None, (path, None if truth is None else truth.file)):
            if self._folder and not _is_in(self._folder, file):
                raise ImageError(
                    f"{file.name}: a link to a file outside the manifest's folder; if you made the "
                    "manifest, set dataset.manifest.stay_inside: false"
                )
        return path

    def _check_stated(self, entry: Entry, column: str, digest: str, file: Path) -> None:
        """Check a file's hash against the one that the manifest states, if it states one."""
        stated = self._entry(entry).extra.get(column, "").lower()
        if stated not in ("", digest):
            raise ImageError(
                f"{file.name}: file does not match the {column} in the manifest, "
                f"line {self._lines[entry.image_id]}; get the file it is of, or correct it"
            )


def _is_in(folder: Path, file: Path) -> bool:
    """Return whether a file lies in a folder once links are followed."""
    # Unlike Path.resolve, realpath leaves a link to itself to whoever opens the file.
    return Path(os.path.realpath(file)).is_relative_to(os.path.realpath(folder))


def _escaping(folder: Path, entry: Entry) -> str | None:
    """Return the file of an entry that lies outside a folder by its path; None if none does."""
    masks = [] if entry.truth is None or entry.truth.file is None else [str(entry.truth.file)]
    root = posixpath.normpath(folder.absolute().as_posix())
    for path in (entry.location, *masks):
        place = posixpath.normpath(posixpath.join(Path.cwd().as_posix(), path))
        if not PurePosixPath(place).is_relative_to(root):
            return path
    return None


def _claim(
    lines: dict[str, int], key: str, line: int, name: str, remedy: str = "; keep one of them"
) -> None:
    """Record the line of a key that must be unique."""
    if key in lines:
        raise DatasetError(f"{name} is in line {line} and already in line {lines[key]}{remedy}")
    lines[key] = line


def _parse_entry(csv_path: Path, row: Row, n_classes: int) -> Entry:
    extra = dict(row.cells)
    path, label, image_id = extra.pop("path"), extra.pop("label"), extra.pop("image_id", "")
    origin = f"{csv_path}, line {row.line}"
    if not path:
        raise DatasetError(f"{origin}: the path is empty; name a file, or remove the line")
    if not re.fullmatch("[0-9]{1,9}", label) or int(label) >= n_classes:
        raise DatasetError(
            f"{origin}: the label is {label!r}, expected an integer from 0 to {n_classes - 1}, the "
            "index of a class of the network"
        )
    for column in ("sha256", "mask_sha256"):
        if not re.fullmatch("([0-9a-fA-F]{64})?", extra.get(column, "")):
            raise DatasetError(
                f"{origin}: the {column} is not 64 hexadecimal digits; correct it, or leave the "
                "cell empty"
            )
    truth = _parse_truth(csv_path, row.line, extra.pop("mask", ""), extra.pop("boxes", ""))
    location = posixpath.join(csv_path.parent.as_posix(), path)
    return Entry(image_id or _image_id(csv_path, path), int(label), location, extra, truth)


def _parse_truth(csv_path: Path, line: int, mask: str, boxes: str) -> GroundTruth | None:
    if mask and boxes:
        raise DatasetError(
            f"{csv_path}, line {line}: both a mask and boxes are given; leave one cell empty"
        )
    origin = f"{csv_path.name}, line {line}"  # stored in tables, which do not reveal the folder
    if mask:
        return MaskFile(csv_path.parent / mask, origin)
    if not boxes:
        return None
    try:
        return Boxes(tuple(map(parse_box, boxes.split(";"))), origin)
    except ValueError as error:
        raise DatasetError(
            f"{csv_path}, line {line}: {error}; count pixels from 0, include both corners, and "
            "separate boxes by semicolons"
        ) from None


def _image_id(csv_path: Path, path: str) -> str:
    """Return the default image_id of a path, which does not reveal the manifest's folder."""
    if not posixpath.isabs(path):
        return posixpath.normpath(path)
    folder = posixpath.normpath(csv_path.parent.absolute().as_posix())
    absolute = PurePosixPath(posixpath.normpath(path))
    return str(absolute.relative_to(folder)) if absolute.is_relative_to(folder) else absolute.name


def _class_names(csv_path: Path, rows: list[Row], n_classes: int) -> list[str]:
    """Return one name per label, from the first column of ``_NAME_COLUMNS`` that exists."""
    column = next((name for name in _NAME_COLUMNS if name in rows[0].cells), "")
    given: dict[int, tuple[str, int]] = {}
    for row in rows:
        name, label = row.cells.get(column, ""), int(row.cells["label"])
        first, line = given.setdefault(label, (name, row.line)) if name else (name, row.line)
        if name != first:
            raise DatasetError(
                f"{csv_path}, line {row.line}: {column} of label {label} is {name!r}, but "
                f"{first!r} in line {line}; use one name, or rename the column if it holds "
                "something else"
            )
    return completed_names({label: name for label, (name, _) in given.items()}, n_classes)
