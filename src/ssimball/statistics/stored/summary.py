"""Statistics of the attacks of a run, and of every pair of attacks."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ssimball.config.stages.statistics import SummaryStage
from ssimball.statistics.inference import Inference
from ssimball.statistics.paired import comparisons
from ssimball.statistics.stored.columns import MEASURED, OUTCOME
from ssimball.statistics.summary import FACTS, summarise
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.overlap import OVERLAP
from ssimball.storage.tables import read_frame, read_frames

Row = dict[str, Any]


@dataclass(frozen=True)
class RunSummary:
    """Statistics of the attacks of a run.

    Attributes:
        summary: rows of contracts.overlap.SUMMARY.
        comparisons: rows of contracts.overlap.COMPARISONS.
    """

    summary: list[Row]
    comparisons: list[Row]


def read_facts(attacks: Iterable[str]) -> pd.DataFrame:
    """Read what the statistics and the comparison table use of the attack tables.

    Args:
        attacks: files of the ``attacks`` table, in folders named by the attack.
    """
    return read_frames(attacks, ATTACKS, [*OUTCOME, "seconds", *FACTS])


def summary_of_run(facts: pd.DataFrame, overlap: Path, stage: SummaryStage) -> RunSummary:
    """Summarise each attack of a run, and compare every pair of attacks.

    Args:
        facts: as :func:`read_facts` reads them.
        overlap: file of the ``overlap`` table.
        stage: settings of the statistics.
    """
    measured = read_frame(overlap, OVERLAP, ["image_id", "attack", *MEASURED])
    inference = Inference.configured(stage.statistics, stage.seed, facts)
    return RunSummary(summarise(measured, facts, inference), comparisons(measured, inference))
