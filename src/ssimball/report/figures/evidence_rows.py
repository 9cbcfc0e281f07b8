"""What the figures of the answer show, from the tables of a run.

Nothing here draws. Each figure is drawn from the rows that are stored beside it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ssimball.config.stages.figures import FigureEvidenceStage
from ssimball.overlap.metric import (
    PARTIAL_CAM,
    SPEARMAN_CAM,
    SPEARMAN_MASK,
    Metric,
    Quantity,
    quantity_of,
)
from ssimball.report.figures.overlap_rows import rows_of_metric
from ssimball.storage.contracts.answer_figures import (
    FIGURE_BY_IMAGE,
    FIGURE_CLASSES,
    FIGURE_DIRECTIONS,
    FIGURE_EVIDENCE,
    FIGURE_NETWORKS,
    FIGURE_OVERVIEW,
)
from ssimball.storage.contracts.class_roles import ROLES
from ssimball.storage.contracts.columns import Contract

Row = Mapping[str, Any]

#: Most points of an attack; a line cannot show more of them apart.
POINTS = 200
_FOOLED = "fooling_rate"


@dataclass(frozen=True)
class EvidenceTables:
    """The tables that the figures of the answer are made from.

    Attributes:
        primary: rows of contracts.overlap.PRIMARY.
        summary: rows of contracts.overlap.SUMMARY.
        differences: value minus null of each image by attack and image id, as
            :func:`differences_of` reads them.
        randomised: rows of contracts.randomised.RANDOMISED; none where there are no such networks.
    """

    primary: Sequence[Row]
    summary: Sequence[Row]
    differences: Mapping[str, Mapping[str, float]]
    randomised: Sequence[Row] = ()

    @cached_property
    def ordered(self) -> list[Row]:
        """Rows of the primary endpoint: attacks before controls, the largest overlap first."""

        def place(row: Row) -> tuple[bool, float]:
            missing = row["effect"] is None
            return row["is_control"], np.inf if missing else -row["effect"]

        return sorted(self.primary, key=place)

    @cached_property
    def cells(self) -> Mapping[tuple[str, Quantity], Row]:
        """Rows of the summary by attack and quantity."""
        return {(row["attack"], quantity_of(row)): row for row in self.summary}

    def estimates(self, primary: Sequence[Row], quantities: Sequence[str]) -> list[Row]:
        """Return means by attack and quantity, those that the run has.

        Args:
            primary: rows of the primary endpoint of the attacks to show.
            quantities: names of a figure's contract.
        """
        return [
            estimate
            for row in primary
            for quantity in quantities
            if (estimate := self._estimate(row, quantity)) is not None
        ]

    def _estimate(self, primary: Row, quantity: str) -> Row | None:
        attack = primary["attack"]
        if quantity in ("overlap", "other_images"):
            return _estimate(attack, quantity, primary, "effect")
        metric, column = _SOURCES[quantity]
        row = self.cells.get((attack, metric))
        return None if row is None else _estimate(attack, quantity, row, column)


#: By quantity of a figure, the quantity of the summary and the column that it comes from.
_SOURCES: Mapping[str, tuple[Quantity, str]] = {
    "fooled": (_FOOLED, "mean"),
    "partial": (PARTIAL_CAM, "difference"),
    "object": (SPEARMAN_MASK, "difference"),
    "own": (SPEARMAN_CAM, "mean"),
    **{role: (Metric(f"over_{role}", "cam"), "mean") for role in ROLES},
}


def _estimate(attack: str, quantity: str, row: Row, column: str) -> dict[str, Any]:
    prefix = {"difference": "difference_", "null_mean": "null_"}.get(column, "")
    ends = {end: row[f"{prefix}{end}"] for end in ("ci_low", "ci_high")}
    return {"attack": attack, "quantity": quantity, "n": row["n"], "mean": row[column], **ends}


def _directions(tables: EvidenceTables, stage: FigureEvidenceStage) -> list[Row]:
    by_name = {row["attack"]: row for row in tables.primary}
    steps = [by_name[attack] for _, attack in stage.directions]
    return tables.estimates(steps, ("fooled", "overlap", "partial"))


#: By quantity of the figure of networks, where it comes from.
_OF_NETWORKS: Mapping[str, tuple[Quantity, str]] = {
    "fooled": (_FOOLED, "mean"),
    "own": (SPEARMAN_CAM, "mean"),
    "other_images": (SPEARMAN_CAM, "null_mean"),
    "difference": (SPEARMAN_CAM, "difference"),
}


def _networks(tables: EvidenceTables) -> Iterator[Row]:
    for row in tables.randomised:
        for quantity, (metric, column) in _OF_NETWORKS.items():
            if quantity_of(row) == metric:
                yield {
                    "layers": row["layers"],
                    **_estimate(row["attack"], quantity, row, column),
                }


def _by_image(tables: EvidenceTables) -> Iterator[Row]:
    for primary in tables.ordered:
        attack, n = primary["attack"], primary["n"]
        ends = {end: primary[end] for end in ("ci_low", "ci_high")}
        yield {"attack": attack, "n": n, "difference": primary["effect"], **ends}
        images = sorted(tables.differences.get(attack, {}).items(), key=lambda image: image[::-1])
        chosen = np.linspace(0, len(images) - 1, min(len(images), POINTS)).round().astype(int)
        for image_id, difference in (images[number] for number in chosen):
            yield {"attack": attack, "image_id": image_id, "n": n, "difference": difference}


def differences_of(overlap: Path) -> dict[str, dict[str, float]]:
    """Read the primary endpoint of each image: value minus null, by attack and image id.

    Args:
        overlap: file of the ``overlap`` table. Images without one of the two are left out.
    """
    columns = ["image_id", "attack", "value", "null_value"]
    found: dict[str, dict[str, float]] = {}
    for row in rows_of_metric(overlap, SPEARMAN_CAM, columns):
        if row["value"] is not None and row["null_value"] is not None:
            of_attack = found.setdefault(row["attack"], {})
            of_attack[row["image_id"]] = row["value"] - row["null_value"]
    return found


#: By figure, its contract and the function that makes its rows.
EVIDENCE_ROWS: Mapping[
    str, tuple[Contract, Callable[[EvidenceTables, FigureEvidenceStage], list[Row]]]
] = {
    "evidence": (
        FIGURE_EVIDENCE,
        lambda tables, stage: tables.estimates(tables.primary, ("fooled", "overlap")),
    ),
    "overview": (
        FIGURE_OVERVIEW,
        lambda tables, stage: tables.estimates(
            tables.ordered, ("fooled", "overlap", "partial", "object")
        ),
    ),
    "by_image": (FIGURE_BY_IMAGE, lambda tables, stage: list(_by_image(tables))),
    "directions": (FIGURE_DIRECTIONS, _directions),
    "classes": (
        FIGURE_CLASSES,
        lambda tables, stage: tables.estimates(tables.ordered, ("own", "other_images", *ROLES)),
    ),
    "networks": (FIGURE_NETWORKS, lambda tables, stage: list(_networks(tables))),
}
