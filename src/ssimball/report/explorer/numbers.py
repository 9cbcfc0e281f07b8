"""All numbers of every image, and the rows of stored tables that they come from."""

from collections.abc import Iterator
from itertools import count
from typing import Any

from ssimball.report.explorer.measures import NUMBERS
from ssimball.report.explorer.overlap_values import OverlapValues
from ssimball.report.explorer.shown import Row, Shown, side_by_side
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.contracts.images import CLEAN, SUBSET
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS, EXPLANATIONS_ATTACKED, SSIM
from ssimball.storage.contracts.overlap import OVERLAP

_SUBSET = ("position", "class_name", "sha256", "mask_sha256", "extra")
_CLEAN = ("status", "label", "predicted", "correct", "probability", "label_probability", "margin")


def image_numbers(shown: Shown, overlap: OverlapValues) -> Iterator[Row]:
    """What is known of each image but its pictures, in the order of the subset."""
    places = count()
    for shard in shown.shards:
        attacked = [
            shown.rows(
                ATTACKS, ["image_id", *(c.name for c in NUMBERS)], attack=attack, shard=shard
            )
            for attack in shown.attacks
        ]
        subset = shown.rows(SUBSET, shard=shard)
        clean = shown.rows(CLEAN, ["image_id", *_CLEAN], shard=shard)
        first = _Firsts(shown, shard)
        for number, rows in enumerate(side_by_side(subset, clean, *attacked)):
            place, image = next(places), rows[0]["image_id"]
            yield {
                "id": image,
                "shard": shard,
                **{name: rows[0][name] for name in _SUBSET},
                **{name: rows[1][name] for name in _CLEAN},
                "sources": first.of_image(image, number),
                "attacks": {
                    attack: _under_attack(rows[2 + k], overlap, place, attack)
                    | {"sources": first.of_attack(attack, image, number, overlap, place)}
                    for k, attack in enumerate(shown.attacks)
                },
            }


def _under_attack(row: Row, overlap: OverlapValues, place: int, attack: str) -> Row:
    return {
        "numbers": [row[column.name] for column in NUMBERS],
        "overlap": overlap.values(place, attack),
        "reasons": overlap.reasons(place, attack),
    }


class _Firsts:
    """Where the rows of an image are in the tables of a shard: path and number from 0."""

    def __init__(self, shown: Shown, shard: str) -> None:
        self._shown, self._shard = shown, shard
        self._cam = self._first(EXPLANATIONS)
        self._attacked = {
            attack: self._first(EXPLANATIONS_ATTACKED, attack=attack)
            for attack in (shown.attacks if shown.stage.attacked_cam else ())
        }

    def of_image(self, image: str, number: int) -> list[tuple[str, int]]:
        """Of what does not depend on an attack."""
        one_row = [(self._path(contract), number) for contract in (SUBSET, CLEAN)]
        return [*one_row, (self._path(EXPLANATIONS), self._cam[image])]

    def of_attack(
        self, attack: str, image: str, number: int, overlap: OverlapValues, place: int
    ) -> list[tuple[str, int]]:
        """Of an image under an attack; of the overlap table that of the main metric."""
        tables = (ATTACKS, SSIM, DISTORTION)
        found = [(self._path(contract, attack=attack), number) for contract in tables]
        if attack in self._attacked:
            path = self._path(EXPLANATIONS_ATTACKED, attack=attack)
            found.append((path, self._attacked[attack][image]))
        return [*found, (OVERLAP.path, overlap.row(place, attack))]

    def _path(self, contract: Contract, **names: str) -> str:
        return self._shown.path(contract, explanation="cam", shard=self._shard, **names)

    def _first(self, contract: Contract, **names: str) -> dict[str, int]:
        rows: list[dict[str, Any]] = self._shown.rows(
            contract, ["image_id"], explanation="cam", shard=self._shard, **names
        )
        return {row["image_id"]: number for number, row in reversed(list(enumerate(rows)))}
