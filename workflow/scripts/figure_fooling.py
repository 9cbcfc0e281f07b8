"""Draw the fooling rate against the mean SSIM.

Reads the attack tables, the statistics across images and, if the run has a sensitivity sweep, its
statistics. Writes the figure as table, PDF and PNG.
"""

from pathlib import Path

from ssimball.config.stages.figures import FigureFoolingStage
from ssimball.pipeline.jobs import job
from ssimball.report.figures.files import publish
from ssimball.report.figures.fooling import fooling_figure
from ssimball.report.figures.rows import fooling_rows
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.figures import FIGURE_FOOLING
from ssimball.storage.contracts.overlap import SUMMARY
from ssimball.storage.contracts.sensitivity import SENSITIVITY
from ssimball.storage.tables import read_frames, read_table

COLUMNS = ["status", "success", "mean_ssim"]

with job(snakemake, FigureFoolingStage) as running:
    stage, given = running.stage, snakemake.input
    # None or one: the sweep may be off.
    swept = [read_table(Path(path), SENSITIVITY).to_pylist() for path in given.sensitivity]
    rows = fooling_rows(
        read_frames(given.attacks, ATTACKS, COLUMNS),
        read_table(Path(given.summary), SUMMARY).to_pylist(),
        swept[0] if swept else [],
        stage.base or "",
        stage.budgets or (),
    )
    publish(
        snakemake.output[0],
        FIGURE_FOOLING,
        rows,
        running.provenance(),
        lambda rows: fooling_figure(rows, confidence=stage.confidence),
        stage,
    )
