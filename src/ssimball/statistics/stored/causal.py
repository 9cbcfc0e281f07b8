"""Statistics of the causal test of a run."""

from collections.abc import Iterable
from typing import Any

from ssimball.statistics.causal import summarise_causal
from ssimball.statistics.causal_tables import METRICS
from ssimball.statistics.inference import Inference
from ssimball.storage.contracts.causal import CAUSAL, CURVES, REFERENCE_CURVES
from ssimball.storage.tables import read_frames

Row = dict[str, Any]
_PART = ("image_id", "set", "area", "terms")
_CURVE = ("image_id", "order", "kind", "area")


def causal_summary_of_run(
    causal: Iterable[str],
    curves: Iterable[str],
    references: Iterable[str],
    inference: Inference,
) -> list[Row]:
    """Summarise the causal test of a run.

    Args:
        causal: files of the ``causal`` table, in folders named by the attack.
        curves: files of the ``causal_curves`` table, in folders named by the attack.
        references: files of the ``causal_references`` table.
        inference: settings of the statistics.

    Returns:
        Rows of contracts.causal.CAUSAL_SUMMARY.
    """
    return summarise_causal(
        read_frames(causal, CAUSAL, [*_PART, *METRICS.values()]),
        read_frames(curves, CURVES, _CURVE),
        read_frames(references, REFERENCE_CURVES, _CURVE),
        inference,
    )
