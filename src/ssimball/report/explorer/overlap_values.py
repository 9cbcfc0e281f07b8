"""The overlap table by image and attack, as arrays: it has the most rows of all."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ssimball.report.explorer.scripted import known
from ssimball.storage.batches import batches
from ssimball.storage.contracts.overlap import OVERLAP

_COLUMNS = ("value", "image_id", "attack", "metric", "reason")
_ROWS = 1 << 16
#: The metric whose row in the table stands for those of an image under an attack.
MAIN = "spearman_cam"


class OverlapValues:
    """Every metric of every image under every attack."""

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
        values, codes = table["value"].to_numpy(), self._coded(table["reason"])
        metric = table["metric"].to_numpy()
        for name in dict.fromkeys(metric):
            mine = metric == name
            at = image[mine], attack[mine]
            self._values.setdefault(name, np.full(self._shape, np.nan))[at] = values[mine]
            self._codes.setdefault(name, np.full(self._shape, -1, np.int16))[at] = codes[mine]
            if name == MAIN:
                self._rows[at] = first + np.flatnonzero(mine)

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
        """Number of the row of :data:`MAIN` in the table, from 0."""
        return int(self._rows[place, self._attacks[attack]])
