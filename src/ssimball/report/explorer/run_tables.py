"""The tables of a run by shard and attack, as the explorer reads them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa

from ssimball.config.stages.publishing import ExplorerStage
from ssimball.errors import ArtifactError
from ssimball.storage.batches import batches
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.contracts.images import SUBSET
from ssimball.storage.parquet_files import read_schema
from ssimball.storage.tables import describe, read_table, tensor

Row = dict[str, Any]
#: Rows of tables with pictures in memory at a time.
_PICTURE_ROWS = 8


@dataclass(frozen=True)
class RunTables:
    """The tables of a run, and the settings of its explorer.

    Attributes:
        folder: folder of the run.
        shards: names of its shards, in order.
        stage: settings of the stage ``explorer``.
    """

    folder: Path
    shards: tuple[str, ...]
    stage: ExplorerStage

    @property
    def attacks(self) -> list[str]:
        """Names of the attacks, in the order of tables and figures."""
        return list(self.stage.attacks)

    @cached_property
    def images(self) -> list[str]:
        """Ids of all images, in the order of the subset."""
        return [row["image_id"] for shard in self.shards for row in self.rows(SUBSET, shard=shard)]

    def path(self, contract: Contract, **names: str) -> str:
        """Return the path of a table in the folder of the run.

        Args:
            contract: kind of table.
            names: ``attack``, ``explanation`` and ``shard`` where the path has them.
        """
        return contract.at(**names)

    def rows(self, contract: Contract, columns: Iterable[str] = (), **names: str) -> list[Row]:
        """Read all rows of a small table, with tensors as arrays.

        Args:
            contract: kind of table.
            columns: the columns to read; all by default.
            names: as of :meth:`path`.
        """
        chosen = [c for c in contract.columns if not columns or c.name in columns]
        table = read_table(
            self.folder / self.path(contract, **names), contract, [c.name for c in chosen]
        )
        return _as_rows(table, [c.name for c in chosen if c.dims])

    def stream(self, contract: Contract, columns: list[str], **names: str) -> Iterator[Row]:
        """Read the rows of a table with pictures, few of them in memory at a time.

        Args:
            contract: kind of table.
            columns: the columns to read.
            names: as of :meth:`path`.
        """
        path = self.folder / self.path(contract, **names)
        tensors = [c.name for c in contract.columns if c.dims and c.name in columns]
        for table in batches(path, contract, columns, _PICTURE_ROWS):
            yield from _as_rows(table, tensors)

    def origin(self, path: str) -> Row:
        """Return the origin that a table's metadata states, without time or machine."""
        described = describe(read_schema(self.folder / path), self.folder / path)
        origin = {key: described[key] for key in ("code", "device", "packages", "stage")}
        return {"content": described["content_sha256"], **origin}


def aligned_rows(*streams: Iterable[Row]) -> Iterator[tuple[Row, ...]]:
    """Yield the rows of several tables of one shard together, image by image.

    Raises:
        ArtifactError: the tables hold different images.
    """
    for rows in zip_longest(*streams, fillvalue={"image_id": "none"}):
        names = {row["image_id"] for row in rows}
        if len(names) > 1:
            found = ", ".join(sorted(names))
            raise ArtifactError(f"tables of one shard hold different images: {found}; run again")
        yield rows


def _as_rows(table: pa.Table, tensors: list[str]) -> list[Row]:
    rows: list[Row] = table.drop_columns(tensors).to_pylist()
    for number, row in enumerate(rows):
        row |= {name: tensor(table, name, number) for name in tensors}
    return rows
