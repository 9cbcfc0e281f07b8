"""Draw the figure of the causal test.

Reads the statistics of the causal test. Writes the figure as table, PDF and PNG.
"""

from pathlib import Path

from ssimball.config.stages.figures import FigureCausalStage
from ssimball.pipeline.jobs import job
from ssimball.report.figures.causal import causal_figure
from ssimball.report.figures.files import publish
from ssimball.report.figures.rows import causal_rows
from ssimball.storage.contracts.causal import CAUSAL_SUMMARY
from ssimball.storage.contracts.figures import FIGURE_CAUSAL
from ssimball.storage.tables import read_table

with job(snakemake, FigureCausalStage) as running:
    summary = read_table(Path(snakemake.input[0]), CAUSAL_SUMMARY).to_pylist()
    confidence, top = running.stage.confidence, running.stage.top
    publish(
        snakemake.output[0],
        FIGURE_CAUSAL,
        causal_rows(summary, top),
        running.provenance(),
        lambda rows: causal_figure(rows, confidence=confidence, top=top),
        dict(running.stage.renamed),
    )
