"""The figure of the causal test."""

from pathlib import Path

from ssimball.artifacts import read_table
from ssimball.contracts.causal import CAUSAL_SUMMARY
from ssimball.figures import save
from ssimball.figures_causal import causal_figure
from ssimball.jobs import job

with job(snakemake) as running:
    rows = read_table(Path(snakemake.input[0]), CAUSAL_SUMMARY).to_pylist()
    confidence, top = running.stage["confidence"], running.stage["top"]
    figure = causal_figure(rows, confidence=confidence, top=top)
    save(figure, Path(snakemake.output[0]).with_suffix(""))
