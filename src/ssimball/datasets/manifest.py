"""A user's own photographs, listed in a CSV file with the columns ``path`` and ``label``."""

import posixpath
import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from ssimball.datasets.files import FileDataset
from ssimball.datasets.ground_truth import Boxes, MaskFile, parse_box
from ssimball.datasets.interface import Entry, GroundTruth, Image
from ssimball.datasets.manifest_rows import Row, read_rows
from ssimball.errors import DatasetError, ImageError
from ssimball.storage.provenance import json_sha256

_NAME_COLUMNS = ("class_name", "name")


class ManifestDataset(FileDataset):
    """Photographs listed in a UTF-8 CSV with a header; the files are opened later, one by one.

    Columns:
        path: of the image; relative to the CSV's folder, with forward slashes, or absolute.
        label: index of the true class, 0 to ``n_classes - 1``.
        image_id: optional. Without it, the path as written, normalised (``./a//b.png`` is
            ``a/b.png``). An absolute path counts from the CSV's folder where the file lies in it;
            elsewhere the file name alone is used, so that the id does not tell where data lies.
        class_name, or else name: optional name of the label's class. A label without is called
            by its index.
        sha256: optional; a file that differs from it is an unreadable image.
        mask: optional path of a BMP, GIF, PNG or PPM of the photograph's size, black where the
            object is not; relative as ``path`` is.
        mask_sha256: optional, the same for the mask.
        boxes: optional, in place of a mask: ``xmin ymin xmax ymax`` in whole pixels counted from 0,
            the last ones included, several separated by ``;``. Their union is the object.

    An empty cell of the last three says that nothing is known. Masks and boxes are those of the
    file as stored; the photograph's EXIF orientation is applied to both. All columns but path,
    label, image_id, mask and boxes are kept as strings in ``Entry.extra``.

    Args:
        csv_path: the manifest.
        n_classes: classes of the network.

    Raises:
        DatasetError: the manifest is missing, is no UTF-8 CSV, lists no image, or a row of it is
            wrong; the message names the line. A missing image is no error here.
    """

    def __init__(self, csv_path: Path, n_classes: int) -> None:
        rows = list(read_rows(csv_path))
        if not rows:
            raise DatasetError(f"{csv_path}: lists no images; add a row for each below the header")
        self._lines: dict[str, int] = {}
        self._cells: dict[str, dict[str, str]] = {}
        paths: dict[str, int] = {}
        entries = []
        for row in rows:
            entry = _entry(csv_path, row, n_classes)
            place = posixpath.normpath(entry.location)
            _claim(paths, place, row.line, f"{csv_path}: the path {row.cells['path']!r}")
            _claim(
                self._lines,
                entry.image_id,
                row.line,
                f"{csv_path}: the image_id {entry.image_id!r}",
                "; write paths relative to the manifest, or add a column image_id",
            )
            self._cells[entry.image_id] = row.cells
            entries.append(entry)
        super().__init__(csv_path.name, entries, _class_names(csv_path, rows, n_classes))

    def rows_sha256(self, entries: Sequence[Entry]) -> str:
        """Hex sha256 of what the manifest says of some of its entries, wherever their rows stand.

        The names of their classes are part of it, which other rows may give.
        """
        told = [[self._cells[one.image_id], self.class_names[one.label]] for one in entries]
        return json_sha256(told)

    def sha256(self, entry: Entry) -> str:
        """Hex sha256 of the image's file.

        Raises:
            ImageError: as in ``FileDataset``, or the manifest states another sha256.
        """
        digest = super().sha256(entry)
        self._check_stated(entry, "sha256", digest, self._path(entry))
        return digest

    def mask_sha256(self, entry: Entry) -> str | None:
        """Hex sha256 of the mask's file; None where there is none.

        Raises:
            ImageError: as in ``FileDataset``, or the manifest states another mask_sha256.
        """
        digest, truth = super().mask_sha256(entry), self._own(entry).truth
        if digest is not None and truth is not None and truth.file is not None:
            self._check_stated(entry, "mask_sha256", digest, truth.file)
        return digest

    def load(self, entry: Entry) -> Image:
        """Decode the file to 8-bit RGB, with the mask of its object where that is known.

        Raises:
            ImageError: as in ``FileDataset``, or the manifest states another sha256.
        """
        self.sha256(entry)
        self.mask_sha256(entry)
        return super().load(entry)

    def _check_stated(self, entry: Entry, column: str, digest: str, file: Path) -> None:
        stated = self._own(entry).extra.get(column, "").lower()
        if stated not in ("", digest):
            raise ImageError(
                f"{file.name}: file does not match the {column} in the manifest, "
                f"line {self._lines[entry.image_id]}; get the file it is of, or correct it"
            )


def _claim(
    taken: dict[str, int], key: str, line: int, what: str, remedy: str = "; keep one of them"
) -> None:
    if key in taken:
        raise DatasetError(f"{what} is in line {line} and already in line {taken[key]}{remedy}")
    taken[key] = line


def _entry(csv_path: Path, row: Row, n_classes: int) -> Entry:
    extra = dict(row.cells)
    path, label, image_id = extra.pop("path"), extra.pop("label"), extra.pop("image_id", "")
    place = f"{csv_path}, line {row.line}"
    if not path:
        raise DatasetError(f"{place}: the path is empty; name a file, or take the line out")
    if not re.fullmatch("[0-9]{1,9}", label) or int(label) >= n_classes:
        raise DatasetError(
            f"{place}: the label is {label!r}, expected an integer from 0 to {n_classes - 1}, the "
            "index of a class of the network"
        )
    for column in ("sha256", "mask_sha256"):
        if not re.fullmatch("([0-9a-fA-F]{64})?", extra.get(column, "")):
            raise DatasetError(
                f"{place}: the {column} is not 64 hexadecimal digits; mend or empty it"
            )
    truth = _truth(csv_path, row.line, extra.pop("mask", ""), extra.pop("boxes", ""))
    location = posixpath.join(csv_path.parent.as_posix(), path)
    return Entry(image_id or _image_id(csv_path, path), int(label), location, extra, truth)


def _truth(csv_path: Path, line: int, mask: str, boxes: str) -> GroundTruth | None:
    place = f"{csv_path}, line {line}"
    if mask and boxes:
        raise DatasetError(f"{place}: both a mask and boxes are given; empty one of the two")
    within = f"{csv_path.name}, line {line}"  # Reasons in tables do not tell where data lies.
    if mask:
        return MaskFile(csv_path.parent / mask, within)
    if not boxes:
        return None
    try:
        return Boxes(tuple(map(parse_box, boxes.split(";"))), within)
    except ValueError as error:
        raise DatasetError(
            f"{place}: {error}; count pixels from 0, the last ones included, and separate boxes "
            "by semicolons"
        ) from None


def _image_id(csv_path: Path, path: str) -> str:
    if not posixpath.isabs(path):
        return posixpath.normpath(path)
    folder = posixpath.normpath(csv_path.parent.absolute().as_posix())
    absolute = PurePosixPath(posixpath.normpath(path))
    return str(absolute.relative_to(folder)) if absolute.is_relative_to(folder) else absolute.name


def _class_names(csv_path: Path, rows: list[Row], n_classes: int) -> list[str]:
    """Names from the first of ``class_name`` and ``name`` that is a column."""
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
    return [given[label][0] if label in given else str(label) for label in range(n_classes)]
