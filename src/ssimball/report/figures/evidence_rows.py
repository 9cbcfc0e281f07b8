"""What the main figure shows: rows of contracts.figures.FIGURE_EVIDENCE from a run's tables."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ssimball.overlap.metric import SPEARMAN_CAM, Metric, quantity_of
from ssimball.storage.contracts.class_roles import CLASS_MEAN, RANDOM, RUNNER_UP, TOP_TEN

Row = Mapping[str, Any]

#: Classes that the CAM of the true class is compared with, from strange to near.
_ROLES = (RANDOM, CLASS_MEAN, TOP_TEN, RUNNER_UP)
#: The label of the comparison with the CAMs of other images.
OTHER_IMAGES = "other_images"


def evidence_rows(
    primary: Sequence[Row],
    summary: Iterable[Row],
    randomised: Iterable[Row] = (),
    attack: str | None = None,
) -> list[Row]:
    """Choose what the main figure shows.

    Args:
        primary: rows of contracts.overlap.PRIMARY.
        summary: rows of contracts.overlap.SUMMARY.
        randomised: rows of contracts.randomised.RANDOMISED; none where there are no such networks.
        attack: the attack of the panels on class and network; None: they are empty.
    """
    cells = {(row["attack"], quantity_of(row)): row for row in summary}
    rows: list[Row] = [
        {
            **_point("fooling", row["attack"], row, "effect"),
            "is_control": row["is_control"],
            "fooled": cells[row["attack"], "fooling_rate"]["mean"],
        }
        for row in primary
    ]
    own = [row for row in primary if row["attack"] == attack]
    rows += [_point("class", OTHER_IMAGES, row, "effect") for row in own]
    for role in _ROLES:
        row = cells.get((str(attack), Metric(f"over_{role}", "cam")))
        rows += [] if row is None else [_point("class", role, row, "mean")]
    rows += [
        _point("network", row["layers"], row, "difference")
        for row in randomised
        if quantity_of(row) == SPEARMAN_CAM
    ]
    return rows


def _point(panel: str, label: str, row: Row, column: str) -> dict[str, Any]:
    prefix = "difference_" if column == "difference" else ""
    return {
        "panel": panel,
        "label": label,
        "n": row["n"],
        "difference": row[column],
        "ci_low": row[f"{prefix}ci_low"],
        "ci_high": row[f"{prefix}ci_high"],
    }
