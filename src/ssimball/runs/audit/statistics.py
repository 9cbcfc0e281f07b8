"""Checks of statistics: derive them from the stored values of each image again."""

from collections.abc import Callable

from ssimball.config.stages.overlap import SensitivityOverlapStage
from ssimball.config.stages.randomised import RandomisedStage
from ssimball.config.stages.region_noise import RegionNoiseSummaryStage
from ssimball.config.stages.region_test import RegionTestSummaryStage
from ssimball.config.stages.statistics import CausalSummaryStage, SensitivityStage, SummaryStage
from ssimball.config.sweep import network_models
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Row, Run
from ssimball.statistics.stored.causal import causal_summary_of_run
from ssimball.statistics.stored.randomised import randomised_summary
from ssimball.statistics.stored.region_noise import region_noise_summary_of_run
from ssimball.statistics.stored.region_test import region_test_summary_of_run
from ssimball.statistics.stored.sensitivity import sensitivity_summary_of_run
from ssimball.statistics.stored.summary import RunSummary, read_facts, summary_of_run
from ssimball.statistics.stored.units import inference_of_run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.causal import CAUSAL_SUMMARY, CURVES, REFERENCE_CURVES
from ssimball.storage.contracts.columns import network_prefix
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.overlap import COMPARISONS, OVERLAP, PRIMARY, SUMMARY
from ssimball.storage.contracts.randomised import RANDOMISED, RANDOMISED_OVERLAP
from ssimball.storage.contracts.region_noise import REGION_NOISE, REGION_NOISE_SUMMARY
from ssimball.storage.contracts.region_test import REGION_TEST, REGION_TEST_SUMMARY
from ssimball.storage.contracts.sensitivity import SENSITIVITY, SENSITIVITY_OVERLAP

#: Absolute and relative; libraries of other machines sum in another order.
TOLERANCE = 1e-9


def _statistics(run: Run, path: str, tally: Tally) -> None:
    contract = artifact_of(path).contract
    columns = [column.name for column in contract.columns]
    tally.rows(columns, _DERIVE[contract.name](run), run.rows(path), TOLERANCE, TOLERANCE)


def _summary(run: Run) -> RunSummary:
    stage = run.stage(PRIMARY.path, SummaryStage)
    facts = read_facts(run.files(ATTACKS, stage.attacks))
    inference = inference_of_run(run.files(CLEAN), stage)
    return summary_of_run(facts, run.folder / OVERLAP.path, stage, inference)


def _causal(run: Run) -> list[Row]:
    stage = run.stage(CAUSAL_SUMMARY.path, CausalSummaryStage)
    return causal_summary_of_run(
        run.files(CURVES, stage.attacks),
        run.files(REFERENCE_CURVES),
        inference_of_run(run.files(CLEAN), stage),
    )


def _sensitivity(run: Run) -> list[Row]:
    swept = run.stage(SENSITIVITY_OVERLAP.path, SensitivityOverlapStage).attacks
    networks = {network_prefix(name) for name in network_models(run.study)}
    others = [t for t in run.tables if t.contract == ATTACKS and t.network_prefix in networks]
    return sensitivity_summary_of_run(
        run.folder / SENSITIVITY_OVERLAP.path,
        run.files(ATTACKS, swept),
        [str(run.folder / table.path) for table in others],
        inference_of_run(run.files(CLEAN), run.stage(SENSITIVITY.path, SensitivityStage)),
    )


def _randomised(run: Run) -> list[Row]:
    stage = run.stage(RANDOMISED.path, RandomisedStage)
    prefixes = {network_prefix(network.name) for network in stage.networks}
    attacks = [
        str(run.folder / table.path)
        for table in run.tables
        if table.contract == ATTACKS
        and table.network_prefix in prefixes
        and table.attack == stage.attack
    ]
    inference = inference_of_run(run.files(CLEAN), stage)
    return randomised_summary(run.rows(RANDOMISED_OVERLAP.path), attacks, stage, inference)


def _region_noise(run: Run) -> list[Row]:
    stage = run.stage(REGION_NOISE_SUMMARY.path, RegionNoiseSummaryStage)
    inference = inference_of_run(run.files(CLEAN), stage)
    return region_noise_summary_of_run(run.files(REGION_NOISE), inference)


def _region_test(run: Run) -> list[Row]:
    stage = run.stage(REGION_TEST_SUMMARY.path, RegionTestSummaryStage)
    inference = inference_of_run(run.files(CLEAN), stage)
    return region_test_summary_of_run(run.files(REGION_TEST), inference)


#: Derives the rows of a table from the run, by contract.
_DERIVE: dict[str, Callable[[Run], list[Row]]] = {
    PRIMARY.name: lambda run: run.once(_summary).primary,
    SUMMARY.name: lambda run: run.once(_summary).summary,
    COMPARISONS.name: lambda run: run.once(_summary).comparisons,
    CAUSAL_SUMMARY.name: _causal,
    REGION_NOISE_SUMMARY.name: _region_noise,
    REGION_TEST_SUMMARY.name: _region_test,
    RANDOMISED.name: _randomised,
    SENSITIVITY.name: _sensitivity,
}


CHECKS = (
    Check(
        "statistics",
        "the statistics follow from the values of each image",
        lambda run: run.paths_of(
            *(PRIMARY, SUMMARY, COMPARISONS, CAUSAL_SUMMARY),
            *(REGION_NOISE_SUMMARY, REGION_TEST_SUMMARY, RANDOMISED, SENSITIVITY),
        ),
        _statistics,
        family="tables",
        cost=0.3,
    ),
)
