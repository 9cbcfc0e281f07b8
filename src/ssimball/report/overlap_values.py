"""The overlap table by image and attack, as arrays: it has the most rows of all."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ssimball.artifacts import read_table
from ssimball.contracts.overlap import OVERLAP
from ssimball.report.scripted import known


class OverlapValues:
    """Every metric of every image under every attack, and its row in the table."""

    def __init__(self, path: Path, images: list[str], attacks: list[str]) -> None:
        table = read_table(path, OVERLAP, [column.name for column in OVERLAP.columns])
        metrics, reasons = (_encoded(table[name]) for name in ("metric", "reason"))
        self.metrics: list[str] = metrics.dictionary.to_pylist()
        self._reasons: list[str] = reasons.dictionary.to_pylist()
        at = (
            pc.index_in(table["image_id"], value_set=pa.array(images)).to_numpy(),
            pc.index_in(table["attack"], value_set=pa.array(attacks)).to_numpy(),
            metrics.indices.to_numpy(zero_copy_only=False),
        )
        shape = (len(images), len(attacks), len(self.metrics))
        self._values = _placed(shape, at, table["value"].to_numpy(), np.nan)
        codes = pc.fill_null(reasons.indices, -1).to_numpy(zero_copy_only=False)
        self._codes = _placed(shape, at, codes.astype(np.int16), -1)
        self._rows = _placed(shape, at, np.arange(len(table), dtype=np.int64), -1)
        self._attacks = {attack: number for number, attack in enumerate(attacks)}

    def values(self, place: int, attack: str) -> list[float | None]:
        """In the order of ``metrics``; None where there is none."""
        return [known(value) for value in self._values[place, self._attacks[attack]].tolist()]

    def reasons(self, place: int, attack: str) -> dict[str, list[int]]:
        """Why there is no value, each with the numbers of the metrics that it holds for."""
        codes = self._codes[place, self._attacks[attack]]
        return {
            self._reasons[code]: np.flatnonzero(codes == code).tolist()
            for code in np.unique(codes[codes >= 0])
        }

    def row(self, place: int, attack: str, metric: str) -> int:
        """Number of a row in the table, from 0."""
        return int(self._rows[place, self._attacks[attack], self.metrics.index(metric)])


def _encoded(column: pa.ChunkedArray) -> pa.DictionaryArray:
    return pa.concat_arrays(column.chunks).dictionary_encode()


def _placed(
    shape: tuple[int, ...], at: tuple[Any, ...], values: np.ndarray[Any, Any], missing: float
) -> np.ndarray[Any, Any]:
    found = np.full(shape, missing, values.dtype)
    found[at] = values
    return found
