"""Turn rows into Arrow tables that follow a contract."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ssimball.errors import ArtifactError
from ssimball.storage.contracts.columns import ARROW, Column, Contract

Row = Mapping[str, Any]
#: Rows of a piece. As Python objects, rows take many times the space that they take in Arrow.
PIECE_ROWS = 1 << 16


def arrow_pieces(path: Path, contract: Contract, rows: Iterable[Row]) -> Iterator[pa.Table]:
    """Yield rows as tables, few rows at a time; all at once if the contract has tensors.

    Tensors of a table have one shape, which only all rows together determine.

    Args:
        path: the file that the rows are for; errors name it.
        contract: what each row must be.
        rows: one mapping per row.

    Raises:
        ArtifactError: a row breaks the contract, or there is none and there must be.
    """
    source, first = iter(rows), 0
    size = None if any(column.dims for column in contract.columns) else PIECE_ROWS
    while piece := list(islice(source, size)):
        yield _table(path, contract, piece, first)
        first += len(piece)
    if not first:
        if not contract.may_be_empty:
            raise ArtifactError(f"{path}: nothing to write; expected {contract.row} in each row")
        yield _table(path, contract, [], 0)


def check_word(path: Path, column: Column, number: int, value: object) -> None:
    """Refuse a word that the contract does not list.

    Raises:
        ArtifactError: naming the row by its number.
    """
    if column.values and value is not None and value not in column.values:
        expected = ", ".join(column.values)
        raise ArtifactError(
            f"{path}: row {number} has {column.name} = {value!r}, expected one of {expected}"
        )


def _table(path: Path, contract: Contract, rows: Sequence[Row], first: int) -> pa.Table:
    known = {column.name for column in contract.columns}
    for number, row in enumerate(rows, first):
        unknown = set(row) - known
        if unknown:
            raise ArtifactError(f"{path}: row {number} has unknown columns {sorted(unknown)}")
    arrays = [
        _array(path, column, [row.get(column.name) for row in rows], first)
        for column in contract.columns
    ]
    return pa.table(dict(zip([c.name for c in contract.columns], arrays, strict=True)))


def _array(path: Path, column: Column, values: list[Any], first: int) -> pa.Array:
    for number, value in enumerate(values, first):
        if value is None and not column.nullable:
            raise ArtifactError(f"{path}: row {number} has no {column.name}")
        if isinstance(value, float) and not np.isfinite(value):
            raise ArtifactError(f"{path}: row {number} has {column.name} = {value}")
        check_word(path, column, number, value)
    try:
        return (
            _tensor_array(column, values) if column.dims else pa.array(values, ARROW[column.type])
        )
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise ArtifactError(f"{path}: column {column.name}: {error}") from None


def _tensor_array(column: Column, values: list[Any]) -> pa.Array:
    shapes = {value.shape for value in values if value is not None}
    if len(shapes) > 1 or any(len(shape) != len(column.dims) for shape in shapes):
        raise ValueError(f"expected arrays of one shape {column.dims}, got {sorted(shapes)}")
    shape = shapes.pop() if shapes else (1,) * len(column.dims)
    dtype = ARROW[column.type]
    size = int(np.prod(shape))
    flat = np.zeros((len(values), size), dtype.to_pandas_dtype())
    for number, value in enumerate(values):
        if value is not None:
            flat[number] = value.ravel()
    mask = pa.array([value is None for value in values], pa.bool_())
    storage = pa.FixedSizeListArray.from_arrays(pa.array(flat.ravel(), dtype), size, mask=mask)
    kind = pa.fixed_shape_tensor(dtype, shape, dim_names=list(column.dims))
    return pa.ExtensionArray.from_storage(kind, storage)
