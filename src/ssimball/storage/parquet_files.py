"""Open Parquet files that somebody else may have made, within bounds on what they unpack to.

A file of some kilobytes can unpack to gigabytes. What its metadata states is added up before any
page is read, and compared with the size of the file. All other modules read Parquet through this
one; a test holds that.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ssimball.errors import ArtifactError
from ssimball.storage.parquet_footer import chunks
from ssimball.storage.regular_files import require_regular

#: What any file may unpack to, in bytes and in rows, and how many times its own size it may.
FREE_BYTES, FREE_ROWS, RATIO = 256 << 20, 100_000, 100
#: Encodings in which a value takes about as much space in a page as in memory: PLAIN, RLE,
#: BIT_PACKED and BYTE_STREAM_SPLIT. With any other, such as a dictionary, a page of kilobytes could
#: name one long value a million times.
_ENCODINGS = {0, 3, 4, 9}
_REMEDY = "delete it and run again"


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn errors of reading a Parquet file into errors that say what is wrong with it."""
    try:
        yield
    except FileNotFoundError:
        raise ArtifactError(f"{path}: no such file", "run the stage that makes it") from None
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        reason = (str(error) or type(error).__name__).splitlines()[0]
        raise ArtifactError(f"{path}: damaged or not Parquet ({reason})", _REMEDY) from None


def open_parquet(path: Path, buffer_size: int = 0) -> pq.ParquetFile:
    """Open a Parquet file whose contents are within bounds; its pages are checked when read.

    Args:
        path: the file.
        buffer_size: bytes to read at a time; 0: a column of a row group.

    Raises:
        ArtifactError: the file is missing, damaged, or unpacks to far more than its size. So does
            reading from it inside :func:`readable`.
    """
    with readable(path):
        require_regular(path)
        file = pq.ParquetFile(
            path,
            buffer_size=buffer_size,
            pre_buffer=buffer_size == 0,
            page_checksum_verification=True,
        )
        _check_bounds(path, file.metadata, file.schema_arrow)
    return file


def read_parquet(
    path: Path,
    columns: Sequence[str] | None = None,
    accept: Callable[[pa.Schema], None] = lambda schema: None,
) -> pa.Table:
    """Read columns of a Parquet file, all by default.

    Args:
        path: the file.
        columns: the columns to read.
        accept: raises an error where the schema is not the expected one, before anything is read.

    Raises:
        ArtifactError: as in :func:`open_parquet`.
    """
    with open_parquet(path) as file, readable(path):
        accept(file.schema_arrow)
        chosen = None if columns is None else list(columns)
        missing = set(chosen or ()) - set(file.schema_arrow.names)
        if missing:
            raise KeyError(f"no column {', '.join(sorted(missing))}")
        table = file.read(chosen)
        return table if chosen is None else table.select(chosen)


def read_pandas(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Read columns of a Parquet file as a pandas frame.

    Raises:
        ArtifactError: as in :func:`open_parquet`.
    """
    table = read_parquet(path, columns)
    with readable(path):
        # Without what the file says of pandas' types and index.
        frame: pd.DataFrame = table.replace_schema_metadata().to_pandas()
    return frame


def read_schema(path: Path) -> pa.Schema:
    """Read the schema of a Parquet file.

    Raises:
        ArtifactError: as in :func:`open_parquet`.
    """
    with open_parquet(path) as file:
        return file.schema_arrow


def count_rows(path: Path) -> int:
    """Return the number of rows that a Parquet file states.

    Raises:
        ArtifactError: as in :func:`open_parquet`.
    """
    with open_parquet(path) as file:
        return int(file.metadata.num_rows)


def _check_bounds(path: Path, metadata: pq.FileMetaData, schema: pa.Schema) -> None:
    size = path.stat().st_size
    rows, unpacked = metadata.num_rows, metadata.num_rows * sum(map(_row_bytes, schema.types))
    for chunk in chunks(path):
        times = 1 if chunk.encodings <= _ENCODINGS else chunk.values
        unpacked += max(times, 1) * max(chunk.uncompressed, 0)
    if not 0 <= rows <= max(FREE_ROWS, size):
        raise ValueError(f"{rows:,} rows in a file of {size:,} bytes")
    if unpacked > max(FREE_BYTES, RATIO * size):
        raise ValueError(f"{size:,} bytes that unpack to {unpacked:,}")


def _row_bytes(kind: pa.DataType) -> int:
    """Return the bytes that a value takes in memory whatever the file holds, nulls included."""
    if isinstance(kind, pa.BaseExtensionType):
        return _row_bytes(kind.storage_type)
    if pa.types.is_fixed_size_list(kind):
        return int(kind.list_size) * _row_bytes(kind.value_type)
    if pa.types.is_struct(kind):
        return sum(_row_bytes(kind.field(number).type) for number in range(kind.num_fields))
    try:
        return max(int(kind.bit_width) // 8, 1)
    except ValueError:  # of no fixed width
        return 8
