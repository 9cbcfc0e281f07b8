"""A table on disk, read a column at a time: a shard of large images need not fit memory twice."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ssimball.errors import ArtifactError
from ssimball.storage.tables import describe


class Stored:
    """A table of a run, whatever its columns.

    Raises:
        ArtifactError: it is damaged, or was not written by ssimball; so do the methods.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with _readable(path):
            self._file = pq.ParquetFile(path, page_checksum_verification=True)
            self.types = {field.name: field.type for field in self._file.schema_arrow}
        self.origin = describe(self._file.schema_arrow, path)

    def column(self, name: str) -> pa.Array:
        """All of one column."""
        with _readable(self.path):
            read = self._file.read([name]).column(name)
        return pa.concat_arrays(read.chunks) if read.num_chunks else pa.array([], read.type)

    def frame(self, names: Sequence[str]) -> pd.DataFrame:
        """Columns without tensors."""
        with _readable(self.path):
            found: pd.DataFrame = self._file.read(list(names)).to_pandas()
        return found


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise ArtifactError(f"{path}: damaged or not Parquet ({reason})") from None
