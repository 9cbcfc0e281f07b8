"""The figure of every two attacks compared."""

from pathlib import Path

from ssimball.artifacts import read_table
from ssimball.contracts.overlap import COMPARISONS
from ssimball.figures import save
from ssimball.figures_paired import paired_figure
from ssimball.jobs import job

with job(snakemake) as running:
    rows = read_table(Path(snakemake.input[0]), COMPARISONS).to_pylist()
    figure = paired_figure(rows, confidence=running.stage["confidence"])
    save(figure, Path(snakemake.output[0]).with_suffix(""))
