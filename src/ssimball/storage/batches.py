"""Stored tables some rows at a time, so that memory does not grow with a run."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ssimball.storage.contracts.columns import Contract
from ssimball.storage.tables import read_table

_BUFFER = 1 << 20


def batches(
    path: Path, contract: Contract, columns: Sequence[str], rows: int
) -> Iterator[pa.Table]:
    """So many rows at a time, checked as :func:`ssimball.storage.tables.read_table` checks columns.

    What is read at once is a page of each column: 1024 pictures, or some megabytes of numbers.

    Args:
        columns: the first of them is read as a whole beforehand, for the checks.
    """
    read_table(path, contract, columns[:1])
    with pq.ParquetFile(
        path, buffer_size=_BUFFER, pre_buffer=False, page_checksum_verification=True
    ) as stored:
        for batch in stored.iter_batches(rows, columns=list(columns)):
            yield pa.Table.from_batches([batch])
