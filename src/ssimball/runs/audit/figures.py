"""What figures show, chosen again from the tables of the run."""

from collections.abc import Callable
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
from ssimball.runs.audit.across import TOLERANCE, paths
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
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


def _figures(run: Run, artifact: str, tally: Tally) -> None:
    one, stage = artifact_of(artifact), run.origin(artifact)["stage"]
    if one.contract == FIGURE_SHEET:
        expected = _sheet(run, one, stage)
    else:
        expected = _MAKE[one.contract.name](run, stage)
    names = [column.name for column in one.contract.columns]
    tally.rows(names, expected, run.rows(artifact), TOLERANCE, TOLERANCE)


def _facts(run: Run) -> pd.DataFrame:
    """Kept: five figures are made of the attack tables."""
    if "attack facts" not in run.kept:
        own = paths(run, ATTACKS, run.study.attacks)
        run.kept["attack facts"] = read_frames(own, ATTACKS, COLUMNS)
    found: pd.DataFrame = run.kept["attack facts"]
    return found


def _fooling(run: Run, stage: Row) -> list[Any]:
    swept = run.rows(SENSITIVITY.path) if run.study.sensitivity.enabled else []
    moved = stage.get("base", ""), stage.get("budgets", ())
    return fooling_rows(_facts(run), run.rows(SUMMARY.path), swept, *moved)


def _sheet(run: Run, one: Artifact, stage: Row) -> list[Any]:
    # Of every shard only what chooses the images: pixels of all would not fit memory.
    clean = {
        artifact_of(path).shard: run.table(path, ["image_id", "correct"]).to_pylist()
        for path in run.of(CLEAN)
        if not artifact_of(path).place
    }
    names = {row["label"]: row["name"] for row in run.rows(CLASSES.path)}
    correlations = {
        row["image_id"]: row["value"]
        for row in run.rows(OVERLAP.path)
        if row["attack"] == one.attack and row["metric"] == "spearman_cam"
    }
    found = []
    for shard, image_id in sheet_images(clean, stage["figures"]["sheet_images"], stage["seed"]):
        attacks = run.rows(one.beside(ATTACKS, shard=shard))
        attacked = next(row for row in attacks if row["image_id"] == image_id)
        own, spearman = run.clean(one.place, shard)[image_id], correlations.get(image_id)
        found.append(sheet_row(shard, own, attacked, names, spearman))
    return [row for row in found if row is not None]


_MAKE: dict[str, Callable[[Run, Row], list[Any]]] = {
    FIGURE_OVERVIEW.name: lambda run, stage: overview_rows(run.rows(SUMMARY.path)),
    FIGURE_PAIRED.name: lambda run, stage: paired_rows(run.rows(COMPARISONS.path)),
    FIGURE_CAUSAL.name: lambda run, stage: causal_rows(run.rows(CAUSAL_SUMMARY.path), stage["top"]),
    FIGURE_SENSITIVITY.name: lambda run, stage: sensitivity_rows(run.rows(SENSITIVITY.path)),
    FIGURE_FOOLING.name: _fooling,
    FIGURE_RADII.name: lambda run, stage: radii_rows(_facts(run), stage["searched"]),
    FIGURE_GAPS.name: lambda run, stage: gap_rows(_facts(run), dict(stage["gaps"])),
    FIGURE_COSTS.name: lambda run, stage: cost_rows(_facts(run)),
    FIGURE_SECONDS.name: lambda run, stage: second_rows(_facts(run)),
}

CHECKS = (
    Check(
        "figures",
        "what they show is what the tables say",
        lambda run: run.of(*FIGURES),
        _figures,
    ),
)
