"""A table on disk, read one column at a time: two shards of large images need not fit memory."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from ssimball.errors import ArtifactError
from ssimball.runs.origin import origin_of


class Stored:
    """A table of a run with whatever columns it has.

    Attributes:
        path: file of the table.
        types: type of each column, by name.
        origin: origin that the table records of itself.
    """

    def __init__(self, path: Path) -> None:
        """Open a table.

        Raises:
            ArtifactError: it is damaged, or was not written by ssimball. So do the methods.
        """
        self.path = path
        with _readable(path):
            self._file = pq.ParquetFile(path, page_checksum_verification=True)
            self.types = {field.name: field.type for field in self._file.schema_arrow}
        self.origin = origin_of(self._file.schema_arrow, path)

    def column(self, name: str) -> pa.Array:
        """Read all rows of one column."""
        with _readable(self.path):
            read = self._file.read([name]).column(name)
        return pa.concat_arrays(read.chunks) if read.num_chunks else pa.array([], read.type)

    def frame(self, names: Sequence[str]) -> pd.DataFrame:
        """Read columns without tensors as a pandas frame."""
        with _readable(self.path):
            frame: pd.DataFrame = self._file.read(list(names)).to_pandas()
        return frame


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn errors of reading into one that names the file."""
    try:
        yield
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise ArtifactError(f"{path}: damaged or not Parquet ({reason})") from None
