"""Checks of statistics: derive them from the stored values of each image again."""

from collections.abc import Callable, Iterable

import pandas as pd

from ssimball.config.stages.overlap import SensitivityOverlapStage
from ssimball.config.stages.statistics import (
    CausalSummaryStage,
    SensitivityStage,
    SummaryStage,
)
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Row, Run
from ssimball.statistics.causal import summarise_causal
from ssimball.statistics.inference import Inference
from ssimball.statistics.paired import comparisons
from ssimball.statistics.sensitivity import summarise_sensitivity
from ssimball.statistics.summary import summarise
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.causal import CAUSAL, CAUSAL_SUMMARY, CURVES, REFERENCE_CURVES
from ssimball.storage.contracts.columns import Contract, network_name
from ssimball.storage.contracts.overlap import COMPARISONS, OVERLAP, SUMMARY
from ssimball.storage.contracts.sensitivity import SENSITIVITY, SENSITIVITY_OVERLAP
from ssimball.storage.tables import read_frame, read_frames

#: Absolute and relative; libraries of other machines sum in another order.
TOLERANCE = 1e-9


def _statistics(run: Run, path: str, tally: Tally) -> None:
    contract = artifact_of(path).contract
    expected = _DERIVE[contract.name](run, path)
    columns = [column.name for column in contract.columns]
    tally.rows(columns, expected, run.rows(path), TOLERANCE, TOLERANCE)


def _scalar_columns(contract: Contract) -> list[str]:
    return [column.name for column in contract.columns if not column.dims]


def files_of(run: Run, contract: Contract, attacks: Iterable[str] | None = None) -> list[str]:
    """Return the files of the run's own network, attack by attack as the workflow lists them."""
    tables = [t for t in run.tables if t.contract == contract and not t.network_prefix]
    if attacks is not None:
        tables = [table for name in attacks for table in tables if table.attack == name]
    return [str(run.folder / table.path) for table in tables]


def read_facts(run: Run, attacks: Iterable[str]) -> pd.DataFrame:
    """Read all columns of the attack tables but tensors, attack by attack."""
    return read_frames(files_of(run, ATTACKS, attacks), ATTACKS, _scalar_columns(ATTACKS))


def _summary(run: Run, path: str) -> list[Row]:
    stage = run.stage(path, SummaryStage)
    overlap = read_frame(run.folder / OVERLAP.path, OVERLAP, _scalar_columns(OVERLAP))
    facts = read_facts(run, stage.attacks)
    return summarise(overlap, facts, Inference.configured(stage.statistics, stage.seed, facts))


def _comparisons(run: Run, path: str) -> list[Row]:
    stage = run.stage(path, SummaryStage)
    overlap = read_frame(run.folder / OVERLAP.path, OVERLAP, _scalar_columns(OVERLAP))
    facts = read_facts(run, stage.attacks)
    return comparisons(overlap, Inference.configured(stage.statistics, stage.seed, facts))


def _causal(run: Run, path: str) -> list[Row]:
    stage = run.stage(path, CausalSummaryStage)
    attacks = stage.attacks
    parts, curves, references = (
        read_frames(files_of(run, contract, names), contract, _scalar_columns(contract))
        for contract, names in ((CAUSAL, attacks), (CURVES, attacks), (REFERENCE_CURVES, None))
    )
    inference = Inference.configured(stage.statistics, stage.seed)
    return summarise_causal(parts, curves, references, inference)


def _sensitivity(run: Run, path: str) -> list[Row]:
    stage = run.stage(path, SensitivityStage)
    swept = run.stage(SENSITIVITY_OVERLAP.path, SensitivityOverlapStage).attacks
    facts = [read_facts(run, swept).assign(network=None)]
    for table in run.tables:
        if table.contract == ATTACKS and table.network_prefix:
            attack_file = str(run.folder / table.path)
            frame = read_frames([attack_file], ATTACKS, _scalar_columns(ATTACKS))
            facts.append(frame.assign(network=network_name(table.network_prefix)))
    joined = pd.concat(facts, ignore_index=True)
    file = run.folder / SENSITIVITY_OVERLAP.path
    overlap = read_frame(file, SENSITIVITY_OVERLAP, _scalar_columns(SENSITIVITY_OVERLAP))
    inference = Inference.configured(stage.statistics, stage.seed, joined)
    return summarise_sensitivity(overlap, joined, inference)


#: Derives the rows of a table from the run and the path of the table, by contract.
_DERIVE: dict[str, Callable[[Run, str], list[Row]]] = {
    SUMMARY.name: _summary,
    COMPARISONS.name: _comparisons,
    CAUSAL_SUMMARY.name: _causal,
    SENSITIVITY.name: _sensitivity,
}


CHECKS = (
    Check(
        "statistics",
        "the statistics follow from the values of each image",
        lambda run: run.paths_of(SUMMARY, COMPARISONS, CAUSAL_SUMMARY, SENSITIVITY),
        _statistics,
    ),
)
