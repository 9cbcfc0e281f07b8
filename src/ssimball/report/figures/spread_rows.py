"""Distributions over images by attack, as quantiles: rows of contracts.figures.

The argument ``facts`` of every function holds columns of contracts.attacks.ATTACKS, a row per image
and attack, and the column ``attack``, whose order is that of the rows.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ssimball.storage.status import has_stored_image

Row = dict[str, Any]

#: By column, the quantile that it holds.
QUANTILES = {
    "minimum": 0.0,
    "p05": 0.05,
    "p25": 0.25,
    "median": 0.5,
    "p75": 0.75,
    "p95": 0.95,
    "maximum": 1.0,
}
#: Columns of the attacks table that these rows are made from.
COLUMNS = (
    *("status", "success", "mean_ssim", "l2", "linf", "smallest_budget", "gap"),
    *("forward_passes", "backward_passes", "iterations", "seconds", "solve_seconds"),
)
_RADII = ("smallest_budget", "l2", "linf", "ssim_distance")


def radii_rows(facts: pd.DataFrame, searched: Collection[str]) -> list[Row]:
    """Return the sizes of the smallest perturbations found that fool: FIGURE_RADII.

    An attack that fools no image has rows without values.

    Args:
        facts: rows of the attacks table.
        searched: attacks whose stored images are the smallest ones found; others have no row.
    """
    chosen = facts[facts["attack"].isin(searched)]
    sizes = chosen.assign(ssim_distance=1 - chosen["mean_ssim"])
    sizes[list(_RADII)] = sizes[list(_RADII)].where(chosen["success"].eq(True))
    rows = _spreads(sizes, _RADII)
    measured = {row["quantity"] for row in rows if row["n"]}
    # Budgets are searched in one mode of comparison alone.
    return [row for row in rows if row["quantity"] in measured or row["quantity"] == "l2"]


def gap_rows(facts: pd.DataFrame, tolerances: Mapping[str, float | None]) -> list[Row]:
    """Return the relative duality gaps of the attacks that have one: FIGURE_GAPS.

    Args:
        facts: rows of the attacks table.
        tolerances: the gap requested of each attack; None where none was requested.
    """
    rows = []
    for row in _with_values(_spreads(facts, ("gap",))):
        tolerance = tolerances[row["attack"]]
        gaps = facts[facts["attack"] == row["attack"]]["gap"]
        within = None if tolerance is None else int((gaps <= tolerance).sum())
        rows.append({**row, "tolerance": tolerance, "n_within": within})
    return rows


def cost_rows(facts: pd.DataFrame) -> list[Row]:
    """Return the passes, gradients and solver iterations per image: FIGURE_COSTS."""
    return _with_values(_spreads(facts, ("forward_passes", "backward_passes", "iterations")))


def second_rows(facts: pd.DataFrame) -> list[Row]:
    """Return the wall-clock times per image: FIGURE_SECONDS."""
    return _with_values(_spreads(facts, ("seconds", "solve_seconds")))


def _with_values(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row["n"]]


def _spreads(facts: pd.DataFrame, quantities: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    stored = facts[facts["status"].map(has_stored_image)]
    for attack in facts["attack"].unique():
        of_attack = stored[stored["attack"] == attack]
        rows += [_spread(attack, name, of_attack[name].astype(float)) for name in quantities]
    return rows


def _spread(attack: str, quantity: str, column: "pd.Series[float]") -> Row:
    values = column.dropna().to_numpy()
    missing = len(column) - len(values)
    row = {"attack": attack, "quantity": quantity, "n": len(values), "n_missing": missing}
    if not len(values):
        return row | dict.fromkeys(QUANTILES)
    quantiles = np.quantile(values, list(QUANTILES.values()))
    return row | dict(zip(QUANTILES, quantiles.tolist(), strict=True))
