"""What the figure of deletion and insertion shows: rows of contracts.figures.FIGURE_CURVES."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ssimball.storage.contracts.causal import CURVES, REFERENCE_CURVES
from ssimball.storage.tables import read_frames

Row = Mapping[str, Any]
_INTERVAL = ("ci_low", "ci_high")
_COLUMNS = ("image_id", "order", "kind", "shares", "probabilities")


def curve_rows_of_run(
    curves: Iterable[str], references: Iterable[str], summary: Sequence[Row]
) -> list[Row]:
    """Return the mean curves of a run, and the areas under them.

    Args:
        curves: files of the ``causal_curves`` table, in folders named by the attack.
        references: files of the ``causal_references`` table.
        summary: rows of contracts.causal.CAUSAL_SUMMARY.
    """
    return curve_rows(
        read_frames(curves, CURVES, _COLUMNS),
        read_frames(references, REFERENCE_CURVES, _COLUMNS),
        summary,
    )


def curve_rows(curves: pd.DataFrame, references: pd.DataFrame, summary: Sequence[Row]) -> list[Row]:
    """Return mean probabilities by share of the cells, and differences of areas.

    Args:
        curves: columns attack, image_id, order, kind, shares and probabilities; None where an image
            has no curve.
        references: the same without attack; only images that ``curves`` has are used.
        summary: rows of contracts.causal.CAUSAL_SUMMARY.
    """
    curves, references = (frame.dropna(subset=["shares"]) for frame in (curves, references))
    references = references[references["image_id"].isin(curves["image_id"])]
    rows: list[Row] = []
    for key, group in references.groupby(["order", "kind"], sort=False):
        rows += _means((None, *key), group)
    for key, group in curves.groupby(["attack", "order", "kind"], sort=False):
        rows += _means(key, group)
    return rows + [_area(row) for row in summary if _is_shown(row)]


def _means(key: tuple[Any, ...], group: pd.DataFrame) -> Iterator[Row]:
    """Yield the mean of some curves, which all have the shares of the run's grid.

    Args:
        key: their attack, order and kind.
        group: the curves.
    """
    named = dict(zip(("attack", "order", "kind"), key, strict=True))
    probabilities = np.stack(list(group["probabilities"])).mean(axis=0)
    for share, probability in zip(group["shares"].iloc[0], probabilities, strict=True):
        point = {"share": float(share), "n": len(group), "mean": float(probability)}
        yield {**named, **point}


def _is_shown(row: Row) -> bool:
    return bool(row["order"] == "deficit" and row["against"] == "random")


def _area(row: Row) -> Row:
    return {name: row[name] for name in ("attack", "order", "kind", "n", "mean", *_INTERVAL)}
