"""Tables that are written while their rows are made, so that memory does not grow with them.

The hash of all values stands in a file's schema, which is written first, and covers one column
after the other. So rows of a long table go to a temporary file, which is hashed and then copied.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ssimball.storage.arrow_rows import PIECE_ROWS, Row, arrow_pieces
from ssimball.storage.atomic import second_file
from ssimball.storage.content_hash import ColumnPieces, columns_of
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.parquet_files import open_parquet

#: Pieces of a row group, which then has as many rows as pyarrow makes it.
_PIECES = (1 << 20) // PIECE_ROWS


@dataclass(frozen=True)
class Spooled:
    """All rows of a table, in memory if they are few, otherwise in a temporary file.

    Attributes:
        schema: columns and types.
        columns: the columns, to be hashed.
        groups: yields the row groups to write.
    """

    schema: pa.Schema
    columns: list[ColumnPieces]
    groups: Callable[[], Iterator[pa.Table]]


@contextmanager
def spooled(
    path: Path, temporary: Path, contract: Contract, rows: Iterable[Row]
) -> Iterator[Spooled]:
    """Take the rows of a table, few of them in memory at a time.

    Args:
        path: the file that the table is for; errors name it.
        temporary: what :func:`ssimball.storage.atomic.replacing` yields for it.
        contract: what the table must be.
        rows: its rows.

    Raises:
        ArtifactError: a row breaks the contract.
    """
    pieces = arrow_pieces(path, contract, rows)
    first = next(pieces)
    second = next(pieces, None)
    if second is None:
        yield Spooled(first.schema, columns_of(first), lambda: iter([first]))
        return
    with second_file(temporary) as second_path:
        write_groups(second_path, first.schema, chain([first, second], pieces), contract)
        with open_parquet(second_path, PIECE_ROWS) as stored:
            yield _from_file(stored)


def _from_file(stored: pq.ParquetFile) -> Spooled:
    schema, numbers = stored.schema_arrow, range(stored.num_row_groups)

    def pieces(name: str) -> Iterator[pa.Array]:
        for number in numbers:
            yield from stored.read_row_group(number, [name]).column(0).chunks

    def groups() -> Iterator[pa.Table]:
        for number in numbers[::_PIECES]:
            some = list(numbers[number : number + _PIECES])
            yield stored.read_row_groups(some).combine_chunks()

    columns = [
        ColumnPieces(name, kind, stored.metadata.num_rows, partial(pieces, name))
        for name, kind in zip(schema.names, schema.types, strict=True)
    ]
    return Spooled(schema.remove_metadata(), columns, groups)


def write_groups(
    path: Path, schema: pa.Schema, groups: Iterable[pa.Table], contract: Contract
) -> None:
    """Write row groups as a Parquet file.

    Args:
        path: the file, of :mod:`ssimball.storage.atomic`.
        schema: its schema with metadata.
        groups: its rows.
        contract: says how columns are encoded.
    """
    writer = pq.ParquetWriter(
        path,
        schema,
        compression="zstd",
        # Floats compress better when their bytes are stored in separate streams.
        use_byte_stream_split=[f"{c.name}.list.element" for c in contract.columns if c.dims],
        use_dictionary=False,
        # The smallest and largest value of pixels serve no query and take time.
        write_statistics=[c.name for c in contract.columns if not c.dims and c.type != "binary"],
        write_page_checksum=True,
    )
    with writer:
        for group in groups:
            writer.write_table(group.cast(schema) if group.schema != schema else group)
