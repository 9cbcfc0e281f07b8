"""Draw deletion and insertion curves.

Reads the curves and their statistics. Writes the figure as table, PDF and PNG.
"""

from pathlib import Path

from ssimball.config.stages.figures import FigureCausalStage
from ssimball.pipeline.jobs import job
from ssimball.report.figures.curve_rows import curve_rows_of_run
from ssimball.report.figures.curves import curves_figure
from ssimball.report.figures.files import publish
from ssimball.storage.contracts.causal import CAUSAL_SUMMARY
from ssimball.storage.contracts.figures import FIGURE_CURVES
from ssimball.storage.tables import read_table

with job(snakemake, FigureCausalStage) as running:
    stage, given = running.stage, snakemake.input
    summary = read_table(Path(given.summary), CAUSAL_SUMMARY).to_pylist()
    publish(
        snakemake.output.curves[0],
        FIGURE_CURVES,
        curve_rows_of_run(given.curves, given.references, summary),
        running.provenance(),
        lambda rows: curves_figure(rows, confidence=stage.confidence),
        stage,
    )
