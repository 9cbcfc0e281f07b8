"""Statistics of the deletion and insertion curves of a run."""

from collections.abc import Iterable
from typing import Any

from ssimball.statistics.causal import summarise_causal
from ssimball.statistics.inference import Inference
from ssimball.storage.contracts.causal import CURVES, REFERENCE_CURVES
from ssimball.storage.tables import read_frames

Row = dict[str, Any]
_CURVE = ("image_id", "order", "kind", "area")


def causal_summary_of_run(
    curves: Iterable[str],
    references: Iterable[str],
    inference: Inference,
) -> list[Row]:
    """Summarise the curves of a run.

    Args:
        curves: files of the ``causal_curves`` table, in folders named by the attack.
        references: files of the ``causal_references`` table.
        inference: settings of the statistics.

    Returns:
        Rows of contracts.causal.CAUSAL_SUMMARY.
    """
    return summarise_causal(
        read_frames(curves, CURVES, _CURVE),
        read_frames(references, REFERENCE_CURVES, _CURVE),
        inference,
    )
