"""The overlap table by image and attack, as arrays: it has the most rows of all."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ssimball.overlap.metric import COLUMNS as METRIC
from ssimball.overlap.metric import SPEARMAN_CAM, Metric
from ssimball.report.explorer.scripted import known
from ssimball.storage.batches import batches
from ssimball.storage.contracts.overlap import OVERLAP

_COLUMNS = ("image_id", "attack", *METRIC, "value", "reason", "null", "null_reason")
_ROWS = 1 << 16


class OverlapValues:
    """Every metric and every null of every image under every attack.

    A metric goes by its label, its null by the label and ``_null``.
    """

    def __init__(self, path: Path, images: list[str], attacks: list[str]) -> None:
        self._shape = (len(images), len(attacks))
        self._attacks = {attack: number for number, attack in enumerate(attacks)}
        self._values: dict[str, np.ndarray[Any, Any]] = {}
        self._reasons: dict[str, int] = {}
        self._codes: dict[str, np.ndarray[Any, Any]] = {}
        self._rows = np.full(self._shape, -1, np.int64)
        names, first = (pa.array(images), pa.array(attacks)), 0
        for table in batches(path, OVERLAP, _COLUMNS, _ROWS):
            self._add(table, names, first)
            first += len(table)

    def _add(self, table: pa.Table, names: tuple[pa.Array, pa.Array], first: int) -> None:
        image, attack = (
            pc.index_in(table[column], value_set=known_ones).to_numpy()
            for column, known_ones in zip(("image_id", "attack"), names, strict=True)
        )
        parts = [table[name].to_numpy() for name in METRIC]
        for metric in dict.fromkeys(map(Metric, *parts)):
            mine = np.logical_and.reduce(
                [part == name for part, name in zip(parts, metric.columns().values(), strict=True)]
            )
            at, own = (image[mine], attack[mine]), table.filter(pa.array(mine))
            self._fill(metric.label, at, own["value"], own["reason"])
            if metric.has_null:
                self._fill(f"{metric.label}_null", at, own["null"], own["null_reason"])
            if metric == SPEARMAN_CAM:
                self._rows[at] = first + np.flatnonzero(mine)

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
        """A number for each reason, the same in every part of the table; -1 where there is none."""
        found = [reason for reason in pc.unique(reasons).to_pylist() if reason is not None]
        for reason in found:
            self._reasons.setdefault(reason, len(self._reasons))
        numbers = pc.index_in(reasons, value_set=pa.array(list(self._reasons), pa.string()))
        codes: np.ndarray[Any, Any] = pc.fill_null(numbers, -1).to_numpy()
        return codes

    @property
    def metrics(self) -> list[str]:
        """In the order of the table."""
        return list(self._values)

    def values(self, place: int, attack: str) -> list[float | None]:
        """In the order of ``metrics``; None where there is none."""
        at = place, self._attacks[attack]
        return [known(float(values[at])) for values in self._values.values()]

    def reasons(self, place: int, attack: str) -> dict[str, list[int]]:
        """Why there is no value, each with the numbers of the metrics that it holds for."""
        at, names = (place, self._attacks[attack]), list(self._reasons)
        found: dict[str, list[int]] = {}
        for number, codes in enumerate(self._codes.values()):
            if codes[at] >= 0:
                found.setdefault(names[codes[at]], []).append(number)
        return found

    def row(self, place: int, attack: str) -> int:
        """Number of the row in the table, from 0, of rank correlation with the CAM."""
        return int(self._rows[place, self._attacks[attack]])
