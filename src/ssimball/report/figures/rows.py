"""What figures show: rows of :mod:`ssimball.storage.contracts.figures` from the tables of a run.

Nothing here draws. Each figure is drawn from the rows that are stored beside it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from ssimball.overlap.metric import SPEARMAN_CAM, quantity_of
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.contracts.figures import FIGURE_SENSITIVITY
from ssimball.storage.status import has_stored_image

Row = Mapping[str, Any]

#: Most corners of a curve; a page cannot show more of them apart.
CORNERS = 200
_SENSITIVITY = {SPEARMAN_CAM, "fooling_rate"}


def sensitivity_rows(sensitivity: Iterable[Row]) -> list[Row]:
    """Choose from rows of contracts.sensitivity.SENSITIVITY those that its figure shows."""
    return _chosen(FIGURE_SENSITIVITY, sensitivity, lambda row: quantity_of(row) in _SENSITIVITY)


def _chosen(contract: Contract, rows: Iterable[Row], shown: Callable[[Row], bool]) -> list[Row]:
    names = [column.name for column in contract.columns]
    return [{name: row.get(name) for name in names} for row in rows if shown(row)]


def fooling_rows(
    facts: pd.DataFrame,
    summary: Iterable[Row],
    sensitivity: Iterable[Row] = (),
    base: str = "",
    budgets: Iterable[str] = (),
) -> list[Row]:
    """Return how many images are fooled at which mean SSIM: contracts.figures.FIGURE_FOOLING.

    Args:
        facts: columns attack, status, success and mean_ssim of contracts.attacks.ATTACKS, a row
            per image and attack.
        summary: rows of contracts.overlap.SUMMARY.
        sensitivity: rows of contracts.sensitivity.SENSITIVITY; none where there is no sweep.
        base: the attack that the sweep changes.
        budgets: factors of the sweep that change how far stored images are from the clean ones.
    """
    rows: list[Row] = []
    cells = {(row["attack"], quantity_of(row)): row for row in summary}
    for attack in facts["attack"].unique():
        rate, mean = (cells[attack, metric] for metric in ("fooling_rate", "mean_ssim"))
        rows.append(_point(attack, "rate", None, rate, mean))
        rows += _curve(attack, facts[facts["attack"] == attack])
    moved = [row for row in sensitivity if row["factor"] in budgets and not row["is_control"]]
    levels = {(row["factor"], row["level"], quantity_of(row)): row for row in moved}
    for factor, level in dict.fromkeys((row["factor"], row["level"]) for row in moved):
        rate, mean = (levels[factor, level, metric] for metric in ("fooling_rate", "mean_ssim"))
        rows.append(_point(base, "level", f"{factor} {level}", rate, mean))
    return rows


def _point(attack: str, kind: str, level: str | None, rate: Row, mean: Row) -> Row:
    return {
        "attack": attack,
        "kind": kind,
        "level": level,
        "n": rate["n"],
        "mean_ssim": mean["mean"],
        "mean_ssim_low": mean["ci_low"],
        "mean_ssim_high": mean["ci_high"],
        "fooled": rate["mean"],
        "fooled_low": rate["ci_low"],
        "fooled_high": rate["ci_high"],
    }


def _curve(attack: str, facts: pd.DataFrame) -> Iterator[Row]:
    """Yield the corners of the share of images fooled by mean SSIM, the largest SSIM first."""
    stored = facts[facts["status"].map(has_stored_image)]
    fooled = stored[stored["success"].astype(bool)]
    ssim, images = np.unique(fooled["mean_ssim"].to_numpy(np.float64), return_counts=True)
    # From the largest SSIM on: how many images have at least that.
    ssim, reached = ssim[::-1], np.cumsum(images[::-1])
    last = len(ssim) - 1
    for corner in np.linspace(0, last, min(len(ssim), CORNERS)).round().astype(int):
        yield {
            "attack": attack,
            "kind": "curve",
            "n": len(stored),
            "mean_ssim": float(ssim[corner]),
            "fooled": int(reached[corner]) / len(stored),
        }
