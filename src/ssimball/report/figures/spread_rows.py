"""Distributions over images by attack, as quantiles: rows of contracts.figures.

Of every function the argument ``facts`` are columns of contracts.attacks.ATTACKS, a row per image
and attack, and the column attack, by whose order the rows come.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ssimball.storage.status import has_stored_image

Row = dict[str, Any]

#: Which quantile of the values a column is.
QUANTILES = {
    "minimum": 0.0,
    "p05": 0.05,
    "p25": 0.25,
    "median": 0.5,
    "p75": 0.75,
    "p95": 0.95,
    "maximum": 1.0,
}
#: Which columns of the attacks table these are made of.
COLUMNS = (
    *("status", "success", "mean_ssim", "l2", "linf", "smallest_budget", "gap"),
    *("forward_passes", "backward_passes", "iterations", "seconds", "solve_seconds"),
)
_RADII = ("smallest_budget", "l2", "linf", "ssim_distance")


def radii_rows(facts: pd.DataFrame, searched: Collection[str]) -> list[Row]:
    """Sizes of the smallest perturbations found that fool: FIGURE_RADII.

    An attack that fools no image has its row, without values.

    Args:
        searched: attacks whose stored images are the smallest ones found; others have no row.
    """
    chosen = facts[facts["attack"].isin(searched)]
    sizes = chosen.assign(ssim_distance=1 - chosen["mean_ssim"])
    sizes[list(_RADII)] = sizes[list(_RADII)].where(chosen["success"].eq(True))
    rows = _spreads(sizes, _RADII)
    known = {row["quantity"] for row in rows if row["n"]}
    # Budgets are tried in one mode of comparison alone.
    return [row for row in rows if row["quantity"] in known or row["quantity"] == "l2"]


def gap_rows(facts: pd.DataFrame, tolerances: Mapping[str, float | None]) -> list[Row]:
    """Relative duality gaps of the attacks that have one: FIGURE_GAPS.

    Args:
        tolerances: the gap each attack was to reach; None: it was not told one.
    """
    rows = []
    for row in _known(_spreads(facts, ("gap",))):
        tolerance = tolerances[row["attack"]]
        gaps = facts[facts["attack"] == row["attack"]]["gap"]
        within = None if tolerance is None else int((gaps <= tolerance).sum())
        rows.append({**row, "tolerance": tolerance, "n_within": within})
    return rows


def cost_rows(facts: pd.DataFrame) -> list[Row]:
    """What an image took, as counted: FIGURE_COSTS."""
    return _known(_spreads(facts, ("forward_passes", "backward_passes", "iterations")))


def second_rows(facts: pd.DataFrame) -> list[Row]:
    """What an image took, as the clock said: FIGURE_SECONDS."""
    return _known(_spreads(facts, ("seconds", "solve_seconds")))


def _known(rows: Sequence[Row]) -> list[Row]:
    return [row for row in rows if row["n"]]


def _spreads(facts: pd.DataFrame, quantities: Sequence[str]) -> list[Row]:
    rows: list[Row] = []
    stored = facts[facts["status"].map(has_stored_image)]
    for attack in facts["attack"].unique():
        own = stored[stored["attack"] == attack]
        rows += [_spread(attack, name, own[name].astype(float)) for name in quantities]
    return rows


def _spread(attack: str, quantity: str, column: "pd.Series[float]") -> Row:
    values = column.dropna().to_numpy()
    missing = len(column) - len(values)
    row = {"attack": attack, "quantity": quantity, "n": len(values), "n_missing": missing}
    if not len(values):
        return row | dict.fromkeys(QUANTILES)
    found = np.quantile(values, list(QUANTILES.values()))
    return row | dict(zip(QUANTILES, found.tolist(), strict=True))
