"""The comparison of one table of two runs: origin, rows, and the cells of rows in both."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ssimball.config.messages import LISTED, listed
from ssimball.errors import ArtifactError
from ssimball.runs.compare.cells import WORDS, Cells, cell_text, compare_cells, is_floating
from ssimball.runs.compare.findings import MISSING, PRESENT, Compared, Finding
from ssimball.runs.compare.keys import KEYS, Matched
from ssimball.runs.compare.origins import SHOWN_DIGITS, compare_origins
from ssimball.runs.compare.stored import Stored
from ssimball.runs.compare.tolerances import tolerance_of
from ssimball.runs.layout import artifact_of
from ssimball.storage.contracts.columns import Contract


def compare_table(first: Path, second: Path, path: str, by_hash: bool = False) -> Compared:
    """Compare a table of two runs.

    Args:
        first: results folder of one run.
        second: results folder of the other run.
        path: path of the table in both.
        by_hash: trust equal content hashes and do not read the values that they stand for.
    """
    sides = _presence(first / path), _presence(second / path)
    if MISSING in sides:
        return Compared(path, [Finding("file", "", sides)])
    try:
        tables = Stored(first / path), Stored(second / path)
        findings = list(_findings(*tables, artifact_of(path).contract, by_hash))
        return Compared(path, findings, list(tables[0].origin.inputs))
    except ArtifactError as error:
        return Compared(path, [Finding("file", f"cannot be read ({error.fact})")])


def _presence(path: Path) -> str:
    return PRESENT if path.is_file() else MISSING


def _findings(
    first: Stored, second: Stored, contract: Contract, by_hash: bool
) -> Iterator[Finding]:
    hashes = str(first.origin.content_sha256), str(second.origin.content_sha256)
    equal = hashes[0] == hashes[1]
    if by_hash and equal:
        return
    findings = [
        *compare_origins(first.origin, second.origin),
        *_compare_values(first, second, contract),
    ]
    yield from findings
    if equal and findings:
        yield Finding("content", "hashes are equal, so a table was changed after it was written")
    elif not equal and not findings:
        # Zeros of another sign, or a hash that does not belong to the table.
        shortened = hashes[0][:SHOWN_DIGITS], hashes[1][:SHOWN_DIGITS]
        yield Finding("content", "hash alone", shortened, excess=0.0)


def _compare_values(first: Stored, second: Stored, contract: Contract) -> Iterator[Finding]:
    common = [name for name, kind in first.types.items() if second.types.get(name) == kind]
    for name in sorted({*first.types, *second.types} - {*common}):
        sides = str(first.types.get(name, MISSING)), str(second.types.get(name, MISSING))
        yield Finding("columns", name, sides)
    keys = [name for name in KEYS[contract.name] if name in common]
    rows = Matched(first.frame(keys), second.frame(keys))
    yield from _compare_rows(rows)
    for name in common:
        if name not in keys and name not in contract.volatile:
            yield from _compare_column(first, second, name, contract, rows)


def _compare_rows(rows: Matched) -> Iterator[Finding]:
    total = len(rows.pairs) + len(rows.only_first) + len(rows.only_second)
    for numbers, in_second in ((rows.only_first, False), (rows.only_second, True)):
        if len(numbers):
            shown = [rows.label(number, in_second) for number in numbers[:LISTED]]
            labels = listed(shown, "; ", total=len(numbers))
            sides = (MISSING, PRESENT) if in_second else (PRESENT, MISSING)
            yield Finding("rows", "", sides, cells=len(numbers), compared=total, row=labels)
    if not rows.in_order:
        yield Finding("order", "of the rows", compared=total, excess=0.0)


def _compare_column(
    first: Stored, second: Stored, name: str, contract: Contract, rows: Matched
) -> Iterator[Finding]:
    values, others = first.column(name), second.column(name)
    if values.equals(others) and rows.in_place:
        return
    values, others = _taken(values, rows.pairs[:, 0]), _taken(others, rows.pairs[:, 1])
    tolerance = tolerance_of(contract.name, name, is_floating(values.type))
    cells = compare_cells(values, others, name, tolerance)
    if not cells.differ.any():
        return
    worst, relative = _worst(cells, cells.absolute), _worst(cells, cells.relative)
    has_numbers = cells.kind != WORDS
    yield Finding(
        cells.kind,
        name,
        (cell_text(values[worst]), cell_text(others[worst])),
        cells=int(cells.differ.sum()),
        compared=len(values),
        beyond=int((cells.excess > 1).sum()),
        parts=int(cells.parts.sum()),
        absolute=float(cells.absolute.max()) if has_numbers else None,
        relative=float(cells.relative.max()) if has_numbers else None,
        row=rows.label(rows.pairs[worst, 0]),
        relative_row=rows.label(rows.pairs[relative, 0]) if has_numbers else "",
        allowed=str(tolerance),
        excess=float(cells.excess.max()),
    )


def _taken(column: pa.Array, rows: NDArray[np.int64]) -> pa.Array:
    """Return rows of a column by their numbers."""
    if len(rows) == len(column) and (rows == np.arange(len(rows))).all():
        return column
    if isinstance(column, pa.ExtensionArray):
        return pa.ExtensionArray.from_storage(column.type, column.storage.take(pa.array(rows)))
    return column.take(pa.array(rows))


def _worst(cells: Cells, values: NDArray[np.float64]) -> int:
    """Return the row of the largest value; ties go to the largest excess, then the first row."""
    order = np.lexsort((-np.arange(len(values)), cells.excess, values))
    return int(order[-1])
