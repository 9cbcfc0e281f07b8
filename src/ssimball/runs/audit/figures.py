"""Checks of figures: choose what they show from the tables of the run again."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pandas as pd

from ssimball.report.figures.rows import (
    causal_rows,
    fooling_rows,
    overview_rows,
    paired_rows,
    sensitivity_rows,
    sheet_images,
    sheet_row,
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
from ssimball.runs.audit.statistics import TOLERANCE, files_of
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.causal import CAUSAL_SUMMARY
from ssimball.storage.contracts.figures import (
    FIGURE_CAUSAL,
    FIGURE_COSTS,
    FIGURE_FOOLING,
    FIGURE_GAPS,
    FIGURE_OVERVIEW,
    FIGURE_PAIRED,
    FIGURE_RADII,
    FIGURE_SECONDS,
    FIGURE_SENSITIVITY,
    FIGURE_SHEET,
    FIGURES,
)
from ssimball.storage.contracts.images import CLASSES, CLEAN
from ssimball.storage.contracts.overlap import COMPARISONS, OVERLAP, SUMMARY
from ssimball.storage.contracts.sensitivity import SENSITIVITY
from ssimball.storage.tables import read_frames

Rows = Sequence[Mapping[str, Any]]


def _figures(run: Run, path: str, tally: Tally) -> None:
    artifact, stage = artifact_of(path), run.origin(path).stage
    if artifact.contract == FIGURE_SHEET:
        expected = _sheet(run, artifact, stage)
    else:
        expected = _DERIVE[artifact.contract.name](run, stage)
    columns = [column.name for column in artifact.contract.columns]
    tally.rows(columns, expected, run.rows(path), TOLERANCE, TOLERANCE)


def _facts(run: Run) -> pd.DataFrame:
    """Read what five figures are drawn from."""
    return read_frames(files_of(run, ATTACKS, run.study.attacks), ATTACKS, COLUMNS)


def _fooling(run: Run, stage: Row) -> Rows:
    swept = run.rows(SENSITIVITY.path) if run.study.sensitivity.enabled else []
    base, budgets = stage.get("base", ""), stage.get("budgets", ())
    return fooling_rows(run.once(_facts), run.rows(SUMMARY.path), swept, base, budgets)


def _sheet(run: Run, artifact: Artifact, stage: Row) -> Rows:
    # Only the columns that choose the images: the pixels of all shards would not fit memory.
    correct = {
        table.shard: run.table(table.path, ["image_id", "correct"]).to_pylist()
        for table in run.tables
        if table.contract == CLEAN and not table.network_prefix
    }
    names = {row["label"]: row["name"] for row in run.rows(CLASSES.path)}
    correlations = {
        row["image_id"]: row["value"]
        for row in run.rows(OVERLAP.path)
        if row["attack"] == artifact.attack and row["metric"] == "spearman_cam"
    }
    rows = []
    for shard, image_id in sheet_images(correct, stage["figures"]["sheet_images"], stage["seed"]):
        attacks = run.rows(artifact.sibling(ATTACKS, shard=shard))
        attacked = next(row for row in attacks if row["image_id"] == image_id)
        clean = run.clean(artifact.network_prefix, shard)[image_id]
        rows.append(sheet_row(shard, clean, attacked, names, correlations.get(image_id)))
    return [row for row in rows if row is not None]


#: Derives the rows of a figure's table from the run and the settings of the stage, by contract.
_DERIVE: dict[str, Callable[[Run, Row], Rows]] = {
    FIGURE_OVERVIEW.name: lambda run, stage: overview_rows(run.rows(SUMMARY.path)),
    FIGURE_PAIRED.name: lambda run, stage: paired_rows(run.rows(COMPARISONS.path)),
    FIGURE_CAUSAL.name: lambda run, stage: causal_rows(run.rows(CAUSAL_SUMMARY.path), stage["top"]),
    FIGURE_SENSITIVITY.name: lambda run, stage: sensitivity_rows(run.rows(SENSITIVITY.path)),
    FIGURE_FOOLING.name: _fooling,
    FIGURE_RADII.name: lambda run, stage: radii_rows(run.once(_facts), stage["searched"]),
    FIGURE_GAPS.name: lambda run, stage: gap_rows(run.once(_facts), dict(stage["gaps"])),
    FIGURE_COSTS.name: lambda run, stage: cost_rows(run.once(_facts)),
    FIGURE_SECONDS.name: lambda run, stage: second_rows(run.once(_facts)),
}

CHECKS = (
    Check(
        "figures",
        "the figure shows what the tables hold",
        lambda run: run.paths_of(*FIGURES),
        _figures,
    ),
)
