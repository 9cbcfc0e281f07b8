"""The overlap table of a run, attack by attack, since it has more rows than any other."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from ssimball.errors import ArtifactError
from ssimball.statistics.stored.columns import MEASURED
from ssimball.storage.batches import batches
from ssimball.storage.contracts.overlap import OVERLAP

_COLUMNS = ("image_id", "attack", *MEASURED, "reason", "null_reason")


def overlap_by_attack(path: Path) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield the name of each attack, and its rows.

    Args:
        path: file of the ``overlap`` table.

    Raises:
        ArtifactError: the file is missing, damaged or another table, or an attack's rows are not
            together.
    """
    seen: set[str] = set()
    for attack, pieces in groupby(_pieces(path), key=lambda piece: piece[0]):
        if attack in seen:
            raise ArtifactError(
                f"{path}: rows of attack {attack} are not together", "delete it and run again"
            )
        seen.add(attack)
        yield attack, pa.concat_tables(table for _, table in pieces).to_pandas()


def _pieces(path: Path) -> Iterator[tuple[str, pa.Table]]:
    """Yield pieces of the table in order, each with the rows of one attack."""
    for table in batches(path, OVERLAP, _COLUMNS):
        for attack in pc.unique(table["attack"]).to_pylist():
            yield attack, table.filter(pc.field("attack") == attack)
