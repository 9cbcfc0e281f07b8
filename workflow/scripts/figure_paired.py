"""Draw the differences between all pairs of attacks.

Reads the table of comparisons. Writes the figure as table, PDF and PNG.
"""

from pathlib import Path

from ssimball.config.stages.figures import FigurePairedStage
from ssimball.pipeline.jobs import job
from ssimball.report.figures.files import publish
from ssimball.report.figures.paired import paired_figure
from ssimball.report.figures.rows import paired_rows
from ssimball.storage.contracts.figures import FIGURE_PAIRED
from ssimball.storage.contracts.overlap import COMPARISONS
from ssimball.storage.tables import read_table

with job(snakemake, FigurePairedStage) as running:
    comparisons = read_table(Path(snakemake.input[0]), COMPARISONS).to_pylist()
    rows = paired_rows(comparisons)
    publish(
        snakemake.output[0],
        FIGURE_PAIRED,
        rows,
        running.provenance(),
        paired_figure,
        dict(running.stage.renamed),
    )
