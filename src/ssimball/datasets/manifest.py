"""A user's own photographs, listed in a CSV file with the columns ``path`` and ``label``."""

import csv
import difflib
import io
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ssimball.datasets.files import FileDataset
from ssimball.datasets.interface import Entry, Image
from ssimball.errors import DatasetError, ImageError

_REQUIRED = ("path", "label")
_NAME_COLUMNS = ("class_name", "name")


@dataclass(frozen=True)
class _Row:
    line: int
    cells: dict[str, str]


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

    All columns but the first three are kept as strings in ``Entry.extra``.

    Args:
        csv_path: the manifest.
        n_classes: classes of the network.

    Raises:
        DatasetError: the manifest is missing, is no UTF-8 CSV, lists no image, or a row of it is
            wrong; the message names the line. A missing image is no error here.
    """

    def __init__(self, csv_path: Path, n_classes: int) -> None:
        rows = list(_read_rows(csv_path))
        if not rows:
            raise DatasetError(f"{csv_path}: lists no images; add a row for each below the header")
        self._lines: dict[str, int] = {}
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
            entries.append(entry)
        super().__init__(csv_path.name, entries, _class_names(csv_path, rows, n_classes))

    def sha256(self, entry: Entry) -> str:
        """Hex sha256 of the image's file.

        Raises:
            ImageError: as in ``FileDataset``, or the manifest states another sha256.
        """
        digest = super().sha256(entry)
        stated = self._entries[entry.image_id].extra.get("sha256", "").lower()
        if stated not in ("", digest):
            raise ImageError(
                f"{self._path(entry).name}: file does not match the sha256 in the manifest, "
                f"line {self._lines[entry.image_id]}"
            )
        return digest

    def load(self, entry: Entry) -> Image:
        """Decode the file to 8-bit RGB; there is no mask.

        Raises:
            ImageError: as in ``FileDataset``, or the manifest states another sha256.
        """
        self.sha256(entry)
        return super().load(entry)


def _claim(
    taken: dict[str, int], key: str, line: int, what: str, remedy: str = "; keep one of them"
) -> None:
    if key in taken:
        raise DatasetError(f"{what} is in line {line} and already in line {taken[key]}{remedy}")
    taken[key] = line


def _read_rows(csv_path: Path) -> Iterator[_Row]:
    """Rows that are not blank, with their line number (of a row's last line, if it has several)."""
    reader = csv.reader(io.StringIO(_read_text(csv_path), newline=""), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        _check_header(csv_path, header)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _Row(reader.line_num, _named(csv_path, header, cells, reader.line_num))
    except csv.Error as error:
        raise DatasetError(f"{csv_path}, line {reader.line_num}: not valid CSV: {error}") from None


def _read_text(csv_path: Path) -> str:
    try:
        raw = csv_path.read_bytes()
    except FileNotFoundError:
        raise DatasetError(f"{csv_path}: no such manifest; check the path") from None
    except OSError as error:
        raise DatasetError(f"{csv_path}: cannot be read: {error.strerror}") from None
    try:
        return raw.decode("utf-8-sig")  # Excel writes a byte-order mark; it is dropped.
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DatasetError(f"{csv_path}, line {line}: not UTF-8; save it as UTF-8 CSV") from None


def _check_header(csv_path: Path, header: list[str]) -> None:
    if not any(header):
        raise DatasetError(f"{csv_path}: is empty; expected a header with the columns path,label")
    for name in _REQUIRED:
        if name not in header:
            lowered = {column.lower(): column for column in header}
            near = difflib.get_close_matches(name, lowered, n=1)
            hint = f"; rename {lowered[near[0]]!r}?" if near else ""
            raise DatasetError(
                f"{csv_path}: no column {name!r} among {', '.join(map(repr, header))}{hint} "
                "(columns are separated by commas)"
            )
    twice = [name for name in header if name and header.count(name) > 1]
    if twice:
        raise DatasetError(f"{csv_path}: the column {twice[0]!r} occurs twice; keep one of them")


def _named(csv_path: Path, header: list[str], cells: list[str], line: int) -> dict[str, str]:
    """Cells by column; columns without a name (row numbers of some writers) are left out."""
    if len(cells) != len(header):
        raise DatasetError(
            f"{csv_path}, line {line}: {len(cells)} cells, expected {len(header)} as in the "
            "header; put values that contain commas in double quotes"
        )
    return {name: cell.strip() for name, cell in zip(header, cells, strict=True) if name}


def _entry(csv_path: Path, row: _Row, n_classes: int) -> Entry:
    extra = dict(row.cells)
    path, label, image_id = extra.pop("path"), extra.pop("label"), extra.pop("image_id", "")
    place = f"{csv_path}, line {row.line}"
    if not path or "\0" in path:
        raise DatasetError(f"{place}: the path is empty or holds a null character; name a file")
    if not re.fullmatch("[0-9]{1,9}", label) or int(label) >= n_classes:
        raise DatasetError(
            f"{place}: the label is {label!r}, expected an integer from 0 to {n_classes - 1}, the "
            "index of a class of the network"
        )
    if not re.fullmatch("([0-9a-fA-F]{64})?", extra.get("sha256", "")):
        raise DatasetError(f"{place}: the sha256 is not 64 hexadecimal digits; mend or empty it")
    location = posixpath.join(csv_path.parent.as_posix(), path)
    return Entry(image_id or _image_id(csv_path, path), int(label), location, extra)


def _image_id(csv_path: Path, path: str) -> str:
    if not posixpath.isabs(path):
        return posixpath.normpath(path)
    folder = posixpath.normpath(csv_path.parent.absolute().as_posix())
    absolute = PurePosixPath(posixpath.normpath(path))
    return str(absolute.relative_to(folder)) if absolute.is_relative_to(folder) else absolute.name


def _class_names(csv_path: Path, rows: list[_Row], n_classes: int) -> list[str]:
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
