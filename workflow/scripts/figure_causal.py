"""Draw the figures of the causal test.

Reads the statistics of the causal test and its curves. Writes each figure as table, PDF and PNG.
"""

from pathlib import Path

from ssimball.config.stages.figures import FigureCausalStage
from ssimball.pipeline.jobs import job
from ssimball.report.figures.causal import causal_figure
from ssimball.report.figures.curve_rows import curve_rows_of_run
from ssimball.report.figures.curves import curves_figure
from ssimball.report.figures.files import publish
from ssimball.report.figures.rows import causal_rows
from ssimball.storage.contracts.causal import CAUSAL_SUMMARY
from ssimball.storage.contracts.figures import FIGURE_CAUSAL, FIGURE_CURVES
from ssimball.storage.tables import read_table

with job(snakemake, FigureCausalStage) as running:
    stage, given = running.stage, snakemake.input
    summary = read_table(Path(given.summary), CAUSAL_SUMMARY).to_pylist()
    confidence, top = stage.confidence, stage.top
    provenance = running.provenance()
    publish(
        snakemake.output.causal[0],
        FIGURE_CAUSAL,
        causal_rows(summary, top),
        provenance,
        lambda rows: causal_figure(rows, confidence=confidence, top=top),
        stage,
    )
    publish(
        snakemake.output.curves[0],
        FIGURE_CURVES,
        curve_rows_of_run(given.curves, given.references, summary),
        provenance,
        lambda rows: curves_figure(rows, confidence=confidence),
        stage,
    )
