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


class _Numbers:
    """A number of each metric by image and attack, or the code of the reason why it is missing."""

    def __init__(self, shape: tuple[int, int]) -> None:
        """Prepare for arrays of images by attacks."""
        self._shape = shape
        self._numbers: list[np.ndarray[Any, Any]] = []
        self._codes: list[np.ndarray[Any, Any]] = []

    def fill(
        self,
        metric: int,
        at: tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]],
        numbers: pa.ChunkedArray,
        codes: np.ndarray[Any, Any],
    ) -> None:
        """Store numbers of a metric, given by its position, and codes of the reasons."""
        if metric == len(self._numbers):
            self._numbers.append(np.full(self._shape, np.nan))
            self._codes.append(np.full(self._shape, -1, np.int16))
        self._numbers[metric][at], self._codes[metric][at] = numbers.to_numpy(), codes

    def at(self, cell: tuple[int, int]) -> list[float | None]:
        """Return the number of every metric, None where there is none."""
        return [none_if_nan(float(numbers[cell])) for numbers in self._numbers]

    def codes_at(self, cell: tuple[int, int]) -> list[tuple[int, int]]:
        """Return position of the metric and code of the reason for every metric."""
        return [(number, int(codes[cell])) for number, codes in enumerate(self._codes)]


class OverlapValues:
    """Value, null and reasons of every metric of every image under every attack.

    Attributes:
        metrics: Labels of all metrics, in the order of the table.
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
        self.metrics: list[str] = []
        self._values, self._nulls = _Numbers(self._shape), _Numbers(self._shape)
        self._reasons: dict[str, int] = {}
        self._rows = np.full(self._shape, -1, np.int64)
        names, first = (pa.array(images), pa.array(attacks)), 0
        for table in batches(path, OVERLAP, _COLUMNS):
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
            if metric.label not in self.metrics:
                self.metrics.append(metric.label)
            number = self.metrics.index(metric.label)
            self._values.fill(number, at, rows["value"], self._coded(rows["reason"]))
            self._nulls.fill(number, at, rows["null_value"], self._coded(rows["null_reason"]))
            if metric == SPEARMAN_CAM:
                self._rows[at] = first + np.flatnonzero(of_metric)

    def _coded(self, reasons: pa.ChunkedArray) -> np.ndarray[Any, Any]:
        """Number the reasons, alike in every batch of the table; -1 where there is none."""
        for reason in pc.unique(reasons).drop_null().to_pylist():
            self._reasons.setdefault(reason, len(self._reasons))
        numbers = pc.index_in(reasons, value_set=pa.array(list(self._reasons), pa.string()))
        codes: np.ndarray[Any, Any] = pc.fill_null(numbers, -1).to_numpy()
        return codes

    def values(self, position: int, attack: str) -> list[float | None]:
        """Return the values in the order of ``metrics``, None where there is none."""
        return self._values.at((position, self._attacks[attack]))

    def nulls(self, position: int, attack: str) -> list[float | None]:
        """Return the nulls in the order of ``metrics``, None where there is none."""
        return self._nulls.at((position, self._attacks[attack]))

    def reasons(self, position: int, attack: str) -> dict[str, list[int]]:
        """Return the reasons for missing values and nulls, each with the numbers of its metrics."""
        at, names = (position, self._attacks[attack]), list(self._reasons)
        by_reason: dict[str, list[int]] = {}
        for number, code in [*self._values.codes_at(at), *self._nulls.codes_at(at)]:
            if code >= 0:
                by_reason.setdefault(names[code], []).append(number)
        return by_reason

    def row(self, position: int, attack: str) -> int:
        """Return the table's row of the rank correlation with the CAM, counted from 0."""
        return int(self._rows[position, self._attacks[attack]])
