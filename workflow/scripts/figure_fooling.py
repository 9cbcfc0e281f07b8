"""The figure of fooling rate against mean SSIM."""

from pathlib import Path

from ssimball.artifacts import read_frames, read_table
from ssimball.contracts.attacks import ATTACKS
from ssimball.contracts.figures import FIGURE_FOOLING
from ssimball.contracts.overlap import SUMMARY
from ssimball.contracts.sensitivity import SENSITIVITY
from ssimball.figure_files import publish
from ssimball.figure_tables import fooling_rows
from ssimball.figures_fooling import fooling_figure
from ssimball.jobs import job

COLUMNS = ["status", "success", "mean_ssim"]

with job(snakemake) as running:
    stage, given = running.stage, snakemake.input
    # None or one: the sweep may be off.
    swept = [read_table(Path(path), SENSITIVITY).to_pylist() for path in given.sensitivity]
    rows = fooling_rows(
        read_frames(given.attacks, ATTACKS, COLUMNS),
        read_table(Path(given.summary), SUMMARY).to_pylist(),
        swept[0] if swept else [],
        stage.get("base", ""),
        stage.get("budgets", []),
    )
    publish(
        snakemake.output[0],
        FIGURE_FOOLING,
        rows,
        running.provenance(),
        lambda rows: fooling_figure(rows, confidence=stage["confidence"]),
    )
