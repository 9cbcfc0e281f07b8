"""Rows of the overlap table about one metric, of which a large run has millions of others."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.compute as pc

from ssimball.overlap.metric import COLUMNS, Metric
from ssimball.storage.batches import batches
from ssimball.storage.contracts.overlap import OVERLAP


def rows_of_metric(
    overlap: Path, metric: Metric, columns: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield the rows about a metric.

    Args:
        overlap: file of the ``overlap`` table.
        metric: the metric.
        columns: the columns to read.
    """
    for table in batches(overlap, OVERLAP, [*COLUMNS, *columns]):
        for name, value in metric.columns().items():
            table = table.filter(pc.field(name) == value)
        yield from table.select(columns).to_pylist()
