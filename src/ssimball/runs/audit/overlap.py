"""Checks of overlap: measure it on the stored maps again."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from ssimball.config.stages.overlap import OverlapStage, SensitivityOverlapStage
from ssimball.config.stages.randomised import RandomisedStage
from ssimball.overlap.run import (
    MapFiles,
    overlap_of_run,
    randomised_overlap_of_run,
    sensitivity_of_run,
)
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.batches import batches
from ssimball.storage.contracts.columns import Contract, network_prefix
from ssimball.storage.contracts.maps import CLASS_CAMS, DISTORTION, EXPLANATIONS, REFERENCES
from ssimball.storage.contracts.overlap import OVERLAP
from ssimball.storage.contracts.randomised import RANDOMISED_OVERLAP
from ssimball.storage.contracts.sensitivity import SENSITIVITY_OVERLAP

#: Absolute; measures are sums over some tens of cells in float64.
TOLERANCE = 1e-9


def _files(run: Run, attacks: set[str], network: str | None = None) -> MapFiles:
    """Return the stored maps of a network, with the distortions of some attacks."""
    prefix = network_prefix(network)

    def paths(contract: Contract) -> list[str]:
        tables = [
            table
            for table in run.tables
            if table.contract == contract and table.network_prefix == prefix
        ]
        if contract == DISTORTION:
            tables = [table for table in tables if table.attack in attacks]
        return [str(run.folder / table.path) for table in tables]

    return MapFiles(paths(EXPLANATIONS), paths(REFERENCES), paths(DISTORTION))


def _overlap(run: Run) -> Iterator[Row]:
    stage = run.stage(OVERLAP.path, OverlapStage)
    files = replace(_files(run, set(stage.attacks)), class_cams=run.files(CLASS_CAMS))
    return overlap_of_run(files, stage)


def _sensitivity(run: Run) -> Iterator[Row]:
    stage = run.stage(SENSITIVITY_OVERLAP.path, SensitivityOverlapStage)
    attacks = set(stage.attacks)
    files = _files(run, attacks)
    return sensitivity_of_run(files, lambda network: _files(run, attacks, network), stage)


def _randomised(run: Run) -> list[Row]:
    stage = run.stage(RANDOMISED_OVERLAP.path, RandomisedStage)
    return randomised_overlap_of_run(lambda name: _files(run, {stage.attack}, name), stage)


#: Derives the rows of a table from the run, by contract.
_DERIVE: dict[str, Callable[[Run], Iterable[Row]]] = {
    OVERLAP.name: _overlap,
    RANDOMISED_OVERLAP.name: _randomised,
    SENSITIVITY_OVERLAP.name: _sensitivity,
}


def _check(run: Run, path: str, tally: Tally) -> None:
    contract = artifact_of(path).contract
    columns = [column.name for column in contract.columns]
    # Neither the derived nor the stored rows of a large run fit memory.
    pieces = batches(run.folder / path, contract, columns)
    stored = (row for piece in pieces for row in piece.to_pylist())
    tally.rows(columns, _DERIVE[contract.name](run), stored, TOLERANCE)


CHECKS = (
    Check(
        "overlap",
        "the values follow from the stored maps",
        lambda run: run.paths_of(OVERLAP, RANDOMISED_OVERLAP, SENSITIVITY_OVERLAP),
        _check,
        cost=0.2,
    ),
)
