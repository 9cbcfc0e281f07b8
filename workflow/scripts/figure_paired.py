"""The figure of every two attacks compared."""

from pathlib import Path

from ssimball.artifacts import read_table
from ssimball.contracts.figures import FIGURE_PAIRED
from ssimball.contracts.overlap import COMPARISONS
from ssimball.figure_files import publish
from ssimball.figure_tables import paired_rows
from ssimball.figures_paired import paired_figure
from ssimball.jobs import job

with job(snakemake) as running:
    comparisons = read_table(Path(snakemake.input[0]), COMPARISONS).to_pylist()
    publish(
        snakemake.output[0],
        FIGURE_PAIRED,
        paired_rows(comparisons),
        running.provenance(),
        lambda rows: paired_figure(rows, confidence=running.stage["confidence"]),
    )
