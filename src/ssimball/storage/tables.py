"""Read and write stored tables, checked against their contracts both ways."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from ssimball.errors import ArtifactError
from ssimball.storage.arrow_rows import check_word
from ssimball.storage.atomic import replacing
from ssimball.storage.content_hash import ColumnPieces, sha256_of_columns
from ssimball.storage.contracts.columns import VERSION, Column, Contract
from ssimball.storage.parquet_files import open_parquet, read_parquet, read_schema, readable
from ssimball.storage.provenance import Provenance, canonical_json
from ssimball.storage.spool import spooled, write_groups

KEY = b"ssimball"
SESSION_KEY = b"ssimball.session"
_REMEDY = "delete it and run again"


def write_table(
    path: Path,
    contract: Contract,
    rows: Iterable[Mapping[str, Any]],
    provenance: Provenance,
) -> None:
    """Write rows as one Parquet file, whole or not at all.

    Args:
        path: the file to write.
        contract: what the table must be.
        rows: one mapping per row; few are in memory at a time, unless the contract has tensors. A
            column that a row leaves out is null there. Tensor columns take numpy arrays that all
            have one shape.
        provenance: origin of the rows, stored in the schema's metadata.

    Raises:
        ArtifactError: a row breaks the contract.
    """
    hashed = {"contract": contract.name, "version": VERSION, **provenance.hashed()}
    with replacing(path) as temporary, spooled(path, temporary, contract, rows) as table:
        content = sha256_of_columns(table.columns, hashed, contract.volatile)
        metadata = {
            KEY: canonical_json({**hashed, "content_sha256": content}).encode(),
            SESSION_KEY: canonical_json({"input_files": provenance.input_files}).encode(),
        }
        write_groups(temporary, table.schema.with_metadata(metadata), table.groups(), contract)


def read_table(path: Path, contract: Contract, columns: Sequence[str] | None = None) -> pa.Table:
    """Read a stored table and check it against its contract.

    The names and types of columns and the checksums of pages are always checked. When all columns
    are read, nulls, words and the content hash are checked too.

    Args:
        path: the table's file.
        contract: what the file must be.
        columns: the columns to read, all by default.

    Raises:
        ArtifactError: the file is missing, damaged, changed or another table; the message names
            the file and what is wrong with it.
    """
    table = read_parquet(path, columns, lambda schema: check_schema(path, contract, schema))
    if columns is None:
        _check_content(path, contract, describe(table.schema, path), table.column)
    return table


def check_table(path: Path, contract: Contract) -> int:
    """Check a stored table as :func:`read_table` does, with few of its columns in memory at a time.

    Returns:
        Number of its rows.

    Raises:
        ArtifactError: as in :func:`read_table`.
    """
    with open_parquet(path) as file, readable(path):
        check_schema(path, contract, file.schema_arrow)
        # A file holds its metadata twice; this is what comes with values that are read.
        origin = describe(file.read([]).schema, path)
        _check_content(path, contract, origin, lambda name: file.read([name]).column(name))
        return int(file.metadata.num_rows)


def _check_content(
    path: Path, contract: Contract, origin: dict[str, Any], read: Callable[[str], pa.ChunkedArray]
) -> None:
    stored = origin.pop("content_sha256", None)
    nulls = []

    def pieces(column: Column) -> ColumnPieces:
        values = read(column.name)
        if values.null_count and not column.nullable:
            nulls.append(column.name)
        return ColumnPieces(column.name, values.type, len(values), partial(iter, values.chunks))

    content = sha256_of_columns(map(pieces, contract.columns), origin, contract.volatile)
    if nulls:
        raise ArtifactError(f"{path}: columns {', '.join(nulls)} hold nulls", _REMEDY)
    if stored != content:
        raise ArtifactError(
            f"{path}: its content does not match the hash stored with it; "
            "it was changed after it was written",
            _REMEDY,
        )
    for column in (c for c in contract.columns if c.values):
        for number, value in enumerate(read(column.name).to_pylist()):
            check_word(path, column, number, value)


def read_frame(path: Path, contract: Contract, columns: Sequence[str]) -> pd.DataFrame:
    """Read columns of a stored table as a pandas frame, checked as by :func:`read_table`.

    Tensor columns are not supported.

    Raises:
        ArtifactError: the file is missing, damaged or another table.
    """
    frame: pd.DataFrame = read_table(path, contract, columns).to_pandas()
    return frame


def read_frames(paths: Iterable[str], contract: Contract, columns: Sequence[str]) -> pd.DataFrame:
    """Concatenate tables of several attacks, with the column ``attack`` added.

    Args:
        paths: files in folders that are named by their attack.
        contract: what each file must be.
        columns: the columns to read.

    Raises:
        ArtifactError: a file is missing, damaged or another table.
    """
    frames = [
        read_frame(path, contract, columns).assign(attack=path.parent.name)
        for path in map(Path, paths)
    ]
    return pd.concat(frames, ignore_index=True)


def describe(schema: pa.Schema, path: Path) -> dict[str, Any]:
    """Return the origin stored in a table's metadata, with its ``content_sha256``.

    Raises:
        ArtifactError: the metadata is missing or damaged.
    """
    raw = (schema.metadata or {}).get(KEY)
    if raw is None:
        raise ArtifactError(f"{path}: was not written by ssimball (no metadata)", _REMEDY)
    try:
        origin = json.loads(raw)
    except (ValueError, RecursionError):
        origin = None
    if not isinstance(origin, dict):
        raise ArtifactError(f"{path}: damaged (unreadable metadata)", _REMEDY)
    return origin


def stored_content(path: Path) -> str:
    """Return the content hash that a stored table carries, from its metadata alone.

    Raises:
        ArtifactError: the file is missing, damaged or was not written by ssimball.
    """
    return str(describe(read_schema(path), path).get("content_sha256"))


def tensor_shape(path: Path, contract: Contract, column: str) -> tuple[int, ...]:
    """Return the shape of the arrays in a tensor column, from the schema alone.

    Args:
        path: the table's file.
        contract: what the file must be.
        column: name of the tensor column.

    Raises:
        ArtifactError: as in :func:`read_table`.
    """
    schema = read_schema(path)
    check_schema(path, contract, schema)
    return tuple(schema.field(column).type.shape)


def tensor(table: pa.Table, name: str, row: int) -> np.ndarray[Any, Any] | None:
    """Return one cell of a tensor column as an array of its full shape, or None if it is null."""
    scalar = table.column(name)[row]
    return np.array(scalar.to_numpy()) if scalar.is_valid else None


def check_schema(path: Path, contract: Contract, schema: pa.Schema) -> None:
    """Check a stored table's contract, version, and names and types of columns.

    Raises:
        ArtifactError: it is another table; the message names the file.
    """
    origin = describe(schema, path)
    name, version = origin.get("contract"), origin.get("version")
    if name != contract.name:
        raise ArtifactError(f"{path}: is a table {name!r}, expected {contract.name!r}", _REMEDY)
    if version != VERSION:
        raise ArtifactError(
            f"{path}: has version {version} of the formats, expected {VERSION}",
            f"{_REMEDY}, or use the version of ssimball that wrote it",
        )
    expected = [column.name for column in contract.columns]
    if schema.names != expected:
        raise ArtifactError(f"{path}: columns {schema.names}, expected {expected}", _REMEDY)
    for column in contract.columns:
        kind = schema.field(column.name).type
        if not column.accepts(kind):
            raise ArtifactError(
                f"{path}: column {column.name} is {kind}, expected {column.type}",
                _REMEDY,
            )
