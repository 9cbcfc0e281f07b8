"""The rows of a manifest with their line numbers, read from a CSV file."""

import csv
import difflib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ssimball.errors import DatasetError
from ssimball.storage.regular_files import read_regular, remedy

_REQUIRED = ("path", "label")


@dataclass(frozen=True)
class Row:
    """One row of a manifest.

    Attributes:
        line: its line number in the file, from 1; of the last line if the row has several.
        cells: its cells by column name.
    """

    line: int
    cells: dict[str, str]


def read_rows(csv_path: Path) -> Iterator[Row]:
    """Yield the rows that are not blank.

    Args:
        csv_path: the manifest.

    Yields:
        The rows, in the order of the file.

    Raises:
        DatasetError: the file is not a UTF-8 CSV with the columns path and label.
    """
    reader = csv.reader(io.StringIO(_read_text(csv_path), newline=""), strict=True)
    try:
        lines = (cells for cells in reader if any(cell.strip() for cell in cells))
        header = [name.strip() for name in next(lines, [])]
        _check_header(csv_path, header)
        for cells in lines:
            yield Row(reader.line_num, _named(csv_path, header, cells, reader.line_num))
    except csv.Error as error:
        raise DatasetError(
            f"{csv_path}, line {reader.line_num}: not valid CSV: {error}; is a double quote left "
            "open?"
        ) from None


def _read_text(csv_path: Path) -> str:
    try:
        raw = read_regular(csv_path)
    except FileNotFoundError:
        raise DatasetError(f"{csv_path}: there is no such manifest; correct the path") from None
    except OSError as error:
        raise DatasetError(
            f"{csv_path}: cannot be read: {error.strerror}; {remedy(error, 'name a CSV file')}"
        ) from None
    # UTF-16 and spreadsheets are full of null bytes, and no path can contain one.
    bad_byte = raw.find(b"\0")
    if bad_byte < 0:
        try:
            return raw.decode("utf-8-sig")  # drops the byte-order mark that Excel writes
        except UnicodeDecodeError as error:
            bad_byte = error.start
    line = raw.count(b"\n", 0, bad_byte) + 1
    raise DatasetError(f"{csv_path}, line {line}: not UTF-8 text; save the file as CSV UTF-8")


def _check_header(csv_path: Path, header: list[str]) -> None:
    if not any(header):
        raise DatasetError(
            f"{csv_path}: the file is empty; expected a header with the columns path,label"
        )
    for name in _REQUIRED:
        if name not in header:
            lowered = {column.lower(): column for column in header}
            near = difflib.get_close_matches(name, lowered, n=1)
            hint = f"; rename {lowered[near[0]]!r}?" if near else "."
            raise DatasetError(
                f"{csv_path}: no column {name!r} among {', '.join(map(repr, header))}{hint} "
                "The first line must name the columns path and label, separated by commas"
            )
    repeated = [name for name in header if name and header.count(name) > 1]
    if repeated:
        raise DatasetError(f"{csv_path}: the column {repeated[0]!r} occurs twice; remove one")


def _named(csv_path: Path, header: list[str], cells: list[str], line: int) -> dict[str, str]:
    """Return cells by column, without unnamed columns: some programs write row numbers there."""
    if len(cells) != len(header):
        raise DatasetError(
            f"{csv_path}, line {line}: {len(cells)} cells, expected {len(header)} as in the "
            "header; put values that contain commas in double quotes"
        )
    return {name: cell.strip() for name, cell in zip(header, cells, strict=True) if name}
