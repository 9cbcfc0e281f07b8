"""Hash the values of a table column by column, with little of it in memory at a time."""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ssimball.storage.provenance import canonical_json

#: Yields the pieces of a column in order, anew at each call.
Pieces = Callable[[], Iterable[pa.Array]]
#: Values that are Python objects at a time.
_AT_ONCE = 1 << 14


@dataclass(frozen=True)
class ColumnPieces:
    """A column of a table.

    Attributes:
        name: its name.
        kind: type of its values.
        length: number of its values.
        pieces: yields the values.
    """

    name: str
    kind: pa.DataType
    length: int
    pieces: Pieces


def content_sha256(table: pa.Table, hashed: dict[str, Any], volatile: frozenset[str]) -> str:
    """Return a hash of a table's values and origin that does not depend on the file's encoding.

    Args:
        table: the table.
        hashed: the hashed part of the provenance.
        volatile: names of columns to leave out, such as timings.
    """
    return sha256_of_columns(columns_of(table), hashed, volatile)


def columns_of(table: pa.Table) -> list[ColumnPieces]:
    """Return the columns of a table that is in memory."""
    return [
        ColumnPieces(name, column.type, len(column), partial(iter, column.chunks))
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]


def sha256_of_columns(
    columns: Iterable[ColumnPieces], hashed: dict[str, Any], volatile: frozenset[str]
) -> str:
    """Return the hash of :func:`content_sha256` for columns that are not in memory as a whole."""
    digest = hashlib.sha256(canonical_json(hashed).encode())
    for column in columns:
        if column.name not in volatile:
            digest.update(f"\0{column.name}\0{column.kind}\0{column.length}\0".encode())
            _update(digest, column.kind, column.pieces)
    return digest.hexdigest()


def _update(digest: "hashlib._Hash", kind: pa.DataType, pieces: Pieces) -> None:
    """Feed one column to the digest: its null mask, then its values that are not null."""
    for piece in pieces():
        digest.update(np.asarray(piece.is_null().to_numpy(zero_copy_only=False)).tobytes())
    kind = kind.storage_type if isinstance(kind, pa.BaseExtensionType) else kind
    if pa.types.is_fixed_size_list(kind) or pa.types.is_list(kind):
        for piece in _defined(pieces):
            lengths = pc.list_value_length(piece)
            digest.update(lengths.to_numpy(zero_copy_only=False).astype("<i8").tobytes())
        _update(digest, kind.value_type, lambda: (piece.flatten() for piece in _defined(pieces)))
    elif pa.types.is_string(kind) or pa.types.is_binary(kind):
        for value in _objects(pieces):
            digest.update(len(value).to_bytes(8, "little") + value)
    else:
        for piece in _defined(pieces):
            digest.update(piece.to_numpy(zero_copy_only=False).tobytes())


def _defined(pieces: Pieces) -> Iterator[pa.Array]:
    """Yield the values that are not null, those of an extension as they are stored."""
    for piece in pieces():
        storage = piece.storage if isinstance(piece, pa.ExtensionArray) else piece
        yield storage.drop_null()


def _objects(pieces: Pieces) -> Iterator[bytes]:
    for piece in _defined(pieces):
        for first in range(0, len(piece), _AT_ONCE):
            yield from piece.slice(first, _AT_ONCE).cast(pa.binary()).to_pylist()
