"""Statistics of the attacks of a run: the primary endpoint, all quantities, and every pair."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ssimball.config.stages.statistics import SummaryStage
from ssimball.statistics.inference import Inference
from ssimball.statistics.pairs import METRICS, comparisons
from ssimball.statistics.primary import primary_results
from ssimball.statistics.stored.columns import OUTCOME
from ssimball.statistics.stored.overlap import overlap_by_attack
from ssimball.statistics.summary import FACTS, summarise
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.tables import read_frames

Row = dict[str, Any]


@dataclass(frozen=True)
class RunSummary:
    """Statistics of the attacks of a run.

    Attributes:
        primary: rows of contracts.overlap.PRIMARY.
        summary: rows of contracts.overlap.SUMMARY.
        comparisons: rows of contracts.overlap.COMPARISONS.
    """

    primary: list[Row]
    summary: list[Row]
    comparisons: list[Row]


def read_facts(attacks: Iterable[str]) -> pd.DataFrame:
    """Read what the statistics and the comparison table use of the attack tables.

    Args:
        attacks: files of the ``attacks`` table, in folders named by the attack.
    """
    shown = ("scale", "dithered", "seconds", "linear_epsilon_lower")
    return read_frames(attacks, ATTACKS, [*OUTCOME, *shown, *FACTS])


def summary_of_run(
    facts: pd.DataFrame, overlap: Path, stage: SummaryStage, inference: Inference
) -> RunSummary:
    """Test the primary endpoint of a run, summarise each attack, and compare every two attacks.

    Args:
        facts: as :func:`read_facts` reads them.
        overlap: file of the ``overlap`` table.
        stage: names of attacks and controls.
        inference: settings of the statistics.
    """
    compared, by_attack = [], {}
    for attack, measured in overlap_by_attack(overlap):
        of_attack = facts[facts["attack"] == attack]
        by_attack[attack] = summarise(measured, of_attack, inference)
        compared += [metric.rows_of(measured) for metric in METRICS]
    shown = pd.concat(compared, ignore_index=True)
    primary = primary_results(shown, stage.attacks, stage.controls, inference)
    return RunSummary(
        primary=[result.row() for result in primary],
        summary=[row for attack in facts["attack"].unique() for row in by_attack[attack]],
        comparisons=comparisons(shown, inference),
    )
