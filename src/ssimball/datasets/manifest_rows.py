"""The rows of a manifest, each with its line, from a CSV as people save it."""

import csv
import difflib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ssimball.errors import DatasetError

_REQUIRED = ("path", "label")


@dataclass(frozen=True)
class Row:
    """The cells of one row by column, and the line they stand in."""

    line: int
    cells: dict[str, str]


def read_rows(csv_path: Path) -> Iterator[Row]:
    """Rows that are not blank, with their line number (of a row's last line, if it has several).

    Raises:
        DatasetError: this is no UTF-8 CSV with the columns path and label.
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
            f"{csv_path}, line {reader.line_num}: not valid CSV: {error}; is a quote left open?"
        ) from None


def _read_text(csv_path: Path) -> str:
    try:
        raw = csv_path.read_bytes()
    except FileNotFoundError:
        raise DatasetError(f"{csv_path}: no such manifest; check the path") from None
    except OSError as error:
        raise DatasetError(f"{csv_path}: cannot be read: {error.strerror}; name a CSV") from None
    wrong = raw.find(b"\0")  # UTF-16 and spreadsheets are full of them, and no path can hold one.
    if wrong < 0:
        try:
            return raw.decode("utf-8-sig")  # Excel writes a byte-order mark; it is dropped.
        except UnicodeDecodeError as error:
            wrong = error.start
    line = raw.count(b"\n", 0, wrong) + 1
    raise DatasetError(f"{csv_path}, line {line}: not a text in UTF-8; save it as UTF-8 CSV")


def _check_header(csv_path: Path, header: list[str]) -> None:
    if not any(header):
        raise DatasetError(f"{csv_path}: is empty; expected a header with the columns path,label")
    for name in _REQUIRED:
        if name not in header:
            lowered = {column.lower(): column for column in header}
            near = difflib.get_close_matches(name, lowered, n=1)
            hint = f"; rename {lowered[near[0]]!r}?" if near else "."
            raise DatasetError(
                f"{csv_path}: no column {name!r} among {', '.join(map(repr, header))}{hint} "
                "The first line names the columns path and label, separated by commas"
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
