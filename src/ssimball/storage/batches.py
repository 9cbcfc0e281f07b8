"""Read stored tables a few rows at a time, so that memory does not grow with the run."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from ssimball.storage.arrow_rows import PIECE_ROWS
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.parquet_files import open_parquet, readable
from ssimball.storage.tables import check_schema

_BUFFER_BYTES = 1 << 20


def batches(
    path: Path, contract: Contract, columns: Sequence[str], rows: int = PIECE_ROWS
) -> Iterator[pa.Table]:
    """Yield a stored table in pieces of ``rows`` rows, checked as ``read_table`` checks columns.

    One page of each column is in memory at a time: 1024 pictures, or some megabytes of numbers.

    Args:
        path: the table's file.
        contract: what the file must be.
        columns: the columns to read.
        rows: rows in a piece.

    Raises:
        ArtifactError: the file is missing, damaged or another table.
    """
    with open_parquet(path, _BUFFER_BYTES) as stored, readable(path):
        check_schema(path, contract, stored.schema_arrow)
        for batch in stored.iter_batches(rows, columns=list(columns)):
            yield pa.Table.from_batches([batch])
