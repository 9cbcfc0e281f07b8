"""The overlap table as arrays by image and attack, since it has more rows than any other."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ssimball.overlap.metric import COLUMNS as METRIC
from ssimball.overlap.metric import SPEARMAN_CAM, Metric
from ssimball.report.explorer.data_scripts import none_if_nan
from ssimball.storage.batches import batches
from ssimball.storage.contracts.overlap import OVERLAP

_COLUMNS = ("image_id", "attack", *METRIC, "value", "reason", "null_value", "null_reason")
#: Rows of the table in memory at a time.
_ROWS_PER_BATCH = 1 << 16


class OverlapValues:
    """Values and reasons of every metric and null of every image under every attack.

    A metric goes by its label, its null by the label and ``_null``.
    """

    def __init__(self, path: Path, images: list[str], attacks: list[str]) -> None:
        """Read the table.

        Args:
            path: the table's file.
            images: ids of all images, in the order of the subset.
            attacks: names of all attacks.
        """
        self._shape = (len(images), len(attacks))
        self._attacks = {attack: number for number, attack in enumerate(attacks)}
        self._values: dict[str, np.ndarray[Any, Any]] = {}
        self._reasons: dict[str, int] = {}
        self._codes: dict[str, np.ndarray[Any, Any]] = {}
        self._rows = np.full(self._shape, -1, np.int64)
        names, first = (pa.array(images), pa.array(attacks)), 0
        for table in batches(path, OVERLAP, _COLUMNS, _ROWS_PER_BATCH):
            self._add(table, names, first)
            first += len(table)

    def _add(self, table: pa.Table, names: tuple[pa.Array, pa.Array], first: int) -> None:
        image, attack = (
            pc.index_in(table[column], value_set=value_set).to_numpy()
            for column, value_set in zip(("image_id", "attack"), names, strict=True)
        )
        parts = [table[name].to_numpy() for name in METRIC]
        for metric in dict.fromkeys(map(Metric, *parts)):
            of_metric = np.logical_and.reduce(
                [part == name for part, name in zip(parts, metric.columns().values(), strict=True)]
            )
            at, rows = (image[of_metric], attack[of_metric]), table.filter(pa.array(of_metric))
            self._fill(metric.label, at, rows["value"], rows["reason"])
            if metric.has_null:
                self._fill(f"{metric.label}_null", at, rows["null_value"], rows["null_reason"])
            if metric == SPEARMAN_CAM:
                self._rows[at] = first + np.flatnonzero(of_metric)

    def _fill(
        self,
        name: str,
        at: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]],
        values: pa.ChunkedArray,
        reasons: pa.ChunkedArray,
    ) -> None:
        """Store the numbers of a metric, or of its null, and the reasons why some are missing."""
        self._values.setdefault(name, np.full(self._shape, np.nan))[at] = values.to_numpy()
        codes = self._codes.setdefault(name, np.full(self._shape, -1, np.int16))
        codes[at] = self._coded(reasons)

    def _coded(self, reasons: pa.ChunkedArray) -> np.ndarray[Any, Any]:
        """Number the reasons, alike in every batch of the table; -1 where there is none."""
        for reason in pc.unique(reasons).drop_null().to_pylist():
            self._reasons.setdefault(reason, len(self._reasons))
        numbers = pc.index_in(reasons, value_set=pa.array(list(self._reasons), pa.string()))
        codes: np.ndarray[Any, Any] = pc.fill_null(numbers, -1).to_numpy()
        return codes

    @property
    def metrics(self) -> list[str]:
        """Names of all metrics, in the order of the table."""
        return list(self._values)

    def values(self, position: int, attack: str) -> list[float | None]:
        """Return the values in the order of ``metrics``, None where there is none."""
        at = position, self._attacks[attack]
        return [none_if_nan(float(values[at])) for values in self._values.values()]

    def reasons(self, position: int, attack: str) -> dict[str, list[int]]:
        """Return the reasons for missing values, each with the numbers of its metrics."""
        at, names = (position, self._attacks[attack]), list(self._reasons)
        by_reason: dict[str, list[int]] = {}
        for number, codes in enumerate(self._codes.values()):
            if codes[at] >= 0:
                by_reason.setdefault(names[codes[at]], []).append(number)
        return by_reason

    def row(self, position: int, attack: str) -> int:
        """Return the table's row of the rank correlation with the CAM, counted from 0."""
        return int(self._rows[position, self._attacks[attack]])
