"""A table on disk, read one column at a time: two shards of large images need not fit memory."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa

from ssimball.runs.origin import origin_of
from ssimball.storage.parquet_files import open_parquet, readable


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
        self._file = open_parquet(path)
        self.types = {field.name: field.type for field in self._file.schema_arrow}
        self.origin = origin_of(self._file.schema_arrow, path)

    def column(self, name: str) -> pa.Array:
        """Read all rows of one column."""
        with readable(self.path):
            read = self._file.read([name]).column(name)
        return pa.concat_arrays(read.chunks) if read.num_chunks else pa.array([], read.type)

    def frame(self, names: Sequence[str]) -> pd.DataFrame:
        """Read columns without tensors as a pandas frame, in which words are categories."""
        frame = pd.DataFrame(index=range(self._file.metadata.num_rows))
        with readable(self.path):
            for name in names:
                column = self._file.read([name]).to_pandas(strings_to_categorical=True)
                frame[name] = column[name]
        return frame
