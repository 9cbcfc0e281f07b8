"""All numbers of every image, and the rows of the stored tables that hold them."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from ssimball.report.explorer.measures import NUMBERS
from ssimball.report.explorer.overlap_values import OverlapValues
from ssimball.report.explorer.run_tables import Row, RunTables, aligned_rows
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.contracts.images import CLEAN, SUBSET
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS, EXPLANATIONS_ATTACKED, SSIM
from ssimball.storage.contracts.overlap import OVERLAP

_SUBSET = ("position", "class_name", "sha256", "mask_sha256", "extra")
_CLEAN = ("status", "label", "predicted", "correct", "probability", "label_probability", "margin")


def image_numbers(run: RunTables, overlap: OverlapValues) -> Iterator[Row]:
    """Yield everything about each image except its pictures, in the order of the subset."""
    positions = count()
    for shard in run.shards:
        attacked = [
            run.rows(ATTACKS, ["image_id", *(c.name for c in NUMBERS)], attack=attack, shard=shard)
            for attack in run.attacks
        ]
        subset = run.rows(SUBSET, shard=shard)
        clean = run.rows(CLEAN, ["image_id", *_CLEAN], shard=shard)
        index = _RowIndex(run, shard)
        for number, rows in enumerate(aligned_rows(subset, clean, *attacked)):
            position, image = next(positions), rows[0]["image_id"]
            yield {
                "id": image,
                "shard": shard,
                **{name: rows[0][name] for name in _SUBSET},
                **{name: rows[1][name] for name in _CLEAN},
                "sources": index.of_image(image, number),
                "attacks": {
                    attack: _under_attack(rows[2 + k], overlap, position, attack)
                    | {"sources": index.of_attack(attack, image, number, overlap, position)}
                    for k, attack in enumerate(run.attacks)
                },
            }


def _under_attack(row: Row, overlap: OverlapValues, position: int, attack: str) -> Row:
    return {
        "numbers": [row[column.name] for column in NUMBERS],
        "overlap": overlap.values(position, attack),
        "nulls": overlap.nulls(position, attack),
        "reasons": overlap.reasons(position, attack),
    }


class _RowIndex:
    """The rows of each image in the tables of a shard, as path and number counted from 0."""

    def __init__(self, run: RunTables, shard: str) -> None:
        """Index the rows of a shard's explanations."""
        self._run, self._shard = run, shard
        self._cam = self._first_rows(EXPLANATIONS)
        self._attacked = {
            attack: self._first_rows(EXPLANATIONS_ATTACKED, attack=attack)
            for attack in (run.attacks if run.stage.attacked_cam else ())
        }

    def of_image(self, image: str, number: int) -> list[tuple[str, int]]:
        """Return the rows that do not depend on an attack."""
        sources = [(self._path(contract), number) for contract in (SUBSET, CLEAN)]
        return [*sources, (self._path(EXPLANATIONS), self._cam[image])]

    def of_attack(
        self, attack: str, image: str, number: int, overlap: OverlapValues, position: int
    ) -> list[tuple[str, int]]:
        """Return the rows of an image under an attack; of the overlap table, that of one metric."""
        tables = (ATTACKS, SSIM, DISTORTION)
        sources = [(self._path(contract, attack=attack), number) for contract in tables]
        if attack in self._attacked:
            path = self._path(EXPLANATIONS_ATTACKED, attack=attack)
            sources.append((path, self._attacked[attack][image]))
        return [*sources, (OVERLAP.path, overlap.row(position, attack))]

    def _path(self, contract: Contract, **names: str) -> str:
        return self._run.path(contract, explanation="cam", shard=self._shard, **names)

    def _first_rows(self, contract: Contract, **names: str) -> dict[str, int]:
        rows: list[dict[str, Any]] = self._run.rows(
            contract, ["image_id"], explanation="cam", shard=self._shard, **names
        )
        return {row["image_id"]: number for number, row in reversed(list(enumerate(rows)))}
