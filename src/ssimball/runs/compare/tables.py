"""One table of two runs: origin, rows, and the cells of the rows that both have."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ssimball.config.messages import listed
from ssimball.errors import ArtifactError
from ssimball.runs.compare.cells import WORDS, Cells, compare_cells, is_floating, shown
from ssimball.runs.compare.findings import MISSING, THERE, Compared, Finding
from ssimball.runs.compare.keys import KEYS, Matched
from ssimball.runs.compare.origins import origins
from ssimball.runs.compare.stored import Stored
from ssimball.runs.compare.tolerances import tolerance_of
from ssimball.runs.layout import artifact_of
from ssimball.storage.contracts.columns import Contract


def compare_table(first: Path, second: Path, path: str, by_hash: bool = False) -> Compared:
    """A table of two runs.

    Args:
        first, second: folders of the runs.
        path: of the table in both.
        by_hash: take equal content hashes at their word and do not read what they stand for.
    """
    one, other = (THERE if (folder / path).is_file() else MISSING for folder in (first, second))
    if MISSING in (one, other):
        return Compared(path, [Finding("file", "", (one, other))])
    try:
        tables = Stored(first / path), Stored(second / path)
        return Compared(path, list(_findings(*tables, artifact_of(path).contract, by_hash)))
    except ArtifactError as error:
        return Compared(path, [Finding("file", f"cannot be read ({error})")])


def _findings(
    first: Stored, second: Stored, contract: Contract, by_hash: bool
) -> Iterator[Finding]:
    one, other = (str(table.origin.get("content_sha256")) for table in (first, second))
    if by_hash and one == other:
        return
    found = [*origins(first.origin, second.origin), *_values(first, second, contract)]
    yield from found
    if one == other and found:
        yield Finding("content", "hashes are equal, so a table was changed after it was written")
    elif one != other and not found:
        # Zeros of another sign, or a hash that is not that of the table.
        yield Finding("content", "hash alone", (one[:12], other[:12]), excess=0.0)


def _values(first: Stored, second: Stored, contract: Contract) -> Iterator[Finding]:
    types = first.types, second.types
    names = [name for name, kind in types[0].items() if types[1].get(name) == kind]
    for name in sorted({*types[0], *types[1]} - {*names}):
        one, other = (str(table.get(name, MISSING)) for table in types)
        yield Finding("columns", name, (one, other))
    keys = [name for name in KEYS[contract.name] if name in names]
    rows = Matched(first.frame(keys), second.frame(keys))
    yield from _rows(rows)
    for name in names:
        if name not in keys and name not in contract.volatile:
            yield from _column(first, second, name, contract, rows)


def _rows(rows: Matched) -> Iterator[Finding]:
    total = len(rows.pairs) + len(rows.only_first) + len(rows.only_second)
    for only, second in ((rows.only_first, False), (rows.only_second, True)):
        if len(only):
            names = listed([rows.label(number, second) for number in only], "; ")
            sides = (MISSING, THERE) if second else (THERE, MISSING)
            yield Finding("rows", "", sides, cells=len(only), compared=total, row=names)
    if not rows.in_order:
        yield Finding("order", "of the rows", compared=total, excess=0.0)


def _column(
    first: Stored, second: Stored, name: str, contract: Contract, rows: Matched
) -> Iterator[Finding]:
    one, other = first.column(name), second.column(name)
    if one.equals(other) and rows.in_place:
        return
    one, other = _taken(one, rows.pairs[:, 0]), _taken(other, rows.pairs[:, 1])
    tolerance = tolerance_of(contract.name, name, is_floating(one.type))
    found = compare_cells(one, other, name, tolerance)
    if not found.differ.any():
        return
    worst, relative = _worst(found, found.absolute), _worst(found, found.relative)
    numbers = found.kind != WORDS
    yield Finding(
        found.kind,
        name,
        (shown(one[worst]), shown(other[worst])),
        cells=int(found.differ.sum()),
        compared=len(one),
        beyond=int((found.excess > 1).sum()),
        parts=int(found.parts.sum()),
        absolute=float(found.absolute.max()) if numbers else None,
        relative=float(found.relative.max()) if numbers else None,
        row=rows.label(rows.pairs[worst, 0]),
        relative_row=rows.label(rows.pairs[relative, 0]) if numbers else "",
        allowed=str(tolerance),
        excess=float(found.excess.max()),
    )


def _taken(column: pa.Array, rows: NDArray[np.int64]) -> pa.Array:
    if len(rows) == len(column) and (rows == np.arange(len(rows))).all():
        return column
    if isinstance(column, pa.ExtensionArray):
        return pa.ExtensionArray.from_storage(column.type, column.storage.take(pa.array(rows)))
    return column.take(pa.array(rows))


def _worst(found: Cells, values: NDArray[np.float64]) -> int:
    """The row of the largest value; of equal ones that of the largest excess, the first of them."""
    order = np.lexsort((-np.arange(len(values)), found.excess, values))
    return int(order[-1])
