"""Checks of figures: choose what they show from the tables of the run again."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

import pandas as pd

from ssimball.config.stages.figures import (
    FigureAttacksStage,
    FigureEvidenceStage,
    FigureFoolingStage,
    FiguresStage,
)
from ssimball.config.stages.statistics import SensitivityStage
from ssimball.report.figures.curve_rows import curve_rows_of_run
from ssimball.report.figures.dose_rows import dose_rows
from ssimball.report.figures.evidence_rows import EVIDENCE_ROWS, EvidenceTables, differences_of
from ssimball.report.figures.region_test import region_rows
from ssimball.report.figures.rows import fooling_rows, sensitivity_rows
from ssimball.report.figures.sheet_rows import (
    RowOf,
    SheetSource,
    example_of,
    example_rows,
    read_sheet_source,
)
from ssimball.report.figures.spread_rows import (
    COLUMNS,
    cost_rows,
    gap_rows,
    radii_rows,
    second_rows,
)
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.statistics import TOLERANCE
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.causal import CAUSAL_SUMMARY, CURVES, REFERENCE_CURVES
from ssimball.storage.contracts.figures import (
    FIGURE_COSTS,
    FIGURE_CURVES,
    FIGURE_DOSE,
    FIGURE_EXAMPLE,
    FIGURE_FOOLING,
    FIGURE_GAPS,
    FIGURE_RADII,
    FIGURE_REGION_TEST,
    FIGURE_SECONDS,
    FIGURE_SENSITIVITY,
    FIGURE_SHEET,
    FIGURES,
)
from ssimball.storage.contracts.images import CLASSES, CLEAN
from ssimball.storage.contracts.overlap import OVERLAP, PRIMARY, SUMMARY
from ssimball.storage.contracts.randomised import RANDOMISED
from ssimball.storage.contracts.region_noise import REGION_NOISE_SUMMARY
from ssimball.storage.contracts.region_test import REGION_TEST_SUMMARY
from ssimball.storage.contracts.sensitivity import SENSITIVITY
from ssimball.storage.tables import read_frames

Rows = Sequence[Mapping[str, Any]]


def _figures(run: Run, path: str, tally: Tally) -> None:
    artifact = artifact_of(path)
    if artifact.contract == FIGURE_SHEET:
        expected = _sheet(run, artifact.attack)
    else:
        expected = _DERIVE[artifact.contract.name](run, path)
    columns = [column.name for column in artifact.contract.columns]
    tally.rows(columns, expected, run.rows(path), TOLERANCE, TOLERANCE)


def _facts(run: Run) -> pd.DataFrame:
    """Read what five figures are drawn from."""
    return read_frames(run.files(ATTACKS, run.study.attacks), ATTACKS, COLUMNS)


def _fooling(run: Run, path: str) -> Rows:
    stage = run.stage(path, FigureFoolingStage)
    swept = run.rows(SENSITIVITY.path) if run.study.sensitivity.enabled else []
    base, budgets = stage.base or "", stage.budgets or ()
    return fooling_rows(run.once(_facts), run.rows(SUMMARY.path), swept, base, budgets)


def _dose(run: Run, path: str) -> Rows:
    return dose_rows(run.rows(SENSITIVITY.path), run.stage(path, SensitivityStage).budgets)


def _curves(run: Run, path: str) -> Rows:
    curves, references = run.files(CURVES, run.study.attacks), run.files(REFERENCE_CURVES)
    return curve_rows_of_run(curves, references, run.rows(CAUSAL_SUMMARY.path))


def _region_test(run: Run, path: str) -> Rows:
    noise = run.rows(REGION_NOISE_SUMMARY.path) if run.paths_of(REGION_NOISE_SUMMARY) else []
    return region_rows(run.rows(REGION_TEST_SUMMARY.path), noise)


def _tables(run: Run) -> EvidenceTables:
    return EvidenceTables(
        run.rows(PRIMARY.path),
        run.rows(SUMMARY.path),
        differences_of(run.folder / OVERLAP.path),
        run.rows(RANDOMISED.path) if run.paths_of(RANDOMISED) else (),
    )


def _evidence(run: Run, path: str) -> Rows:
    _, rows = EVIDENCE_ROWS[PurePosixPath(path).stem]
    return rows(run.once(_tables), run.stage(path, FigureEvidenceStage))


def _radii(run: Run, path: str) -> Rows:
    return radii_rows(run.once(_facts), run.stage(path, FigureAttacksStage).searched)


def _gaps(run: Run, path: str) -> Rows:
    return gap_rows(run.once(_facts), dict(run.stage(path, FigureAttacksStage).gaps))


def _source(run: Run) -> SheetSource:
    stage = run.stage(FIGURE_EXAMPLE.path, FiguresStage)
    classes, overlap = run.folder / CLASSES.path, run.folder / OVERLAP.path
    return read_sheet_source(classes, overlap, run.files(CLEAN), stage)


def _clean(run: Run) -> RowOf:
    return lambda shard, image_id: run.clean("", shard)[image_id]


def _attacked(run: Run, attack: str) -> RowOf:
    def row(shard: str, image_id: str) -> Row:
        rows = run.rows(ATTACKS.at(attack=attack, shard=shard))
        return next(row for row in rows if row["image_id"] == image_id)

    return row


def _sheet(run: Run, attack: str) -> Rows:
    return run.once(_source).rows(attack, _clean(run), _attacked(run, attack))


def _example(run: Run, path: str) -> Rows:
    attacks = run.study.attacks
    example = example_of(run.files(CLEAN), run.files(ATTACKS, attacks))
    attacked = {name: _attacked(run, name) for name in attacks}
    return example_rows(run.once(_source), example, _clean(run), attacked)


#: Derives the rows of a figure's table from the run and the path of the table, by contract.
_DERIVE: dict[str, Callable[[Run, str], Rows]] = {
    **{contract.name: _evidence for contract, _ in EVIDENCE_ROWS.values()},
    FIGURE_EXAMPLE.name: _example,
    FIGURE_CURVES.name: _curves,
    FIGURE_REGION_TEST.name: _region_test,
    FIGURE_SENSITIVITY.name: lambda run, path: sensitivity_rows(run.rows(SENSITIVITY.path)),
    FIGURE_DOSE.name: _dose,
    FIGURE_FOOLING.name: _fooling,
    FIGURE_RADII.name: _radii,
    FIGURE_GAPS.name: _gaps,
    FIGURE_COSTS.name: lambda run, path: cost_rows(run.once(_facts)),
    FIGURE_SECONDS.name: lambda run, path: second_rows(run.once(_facts)),
}

CHECKS = (
    Check(
        "figures",
        "the figure shows what the tables hold",
        lambda run: run.paths_of(*FIGURES),
        _figures,
        family="tables",
        cost=0.07,
    ),
)
