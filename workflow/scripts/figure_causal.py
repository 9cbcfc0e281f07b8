"""The figure of the causal test."""

from pathlib import Path

from ssimball.artifacts import read_table
from ssimball.contracts.causal import CAUSAL_SUMMARY
from ssimball.contracts.figures import FIGURE_CAUSAL
from ssimball.figure_files import publish
from ssimball.figure_tables import causal_rows
from ssimball.figures_causal import causal_figure
from ssimball.jobs import job

with job(snakemake) as running:
    summary = read_table(Path(snakemake.input[0]), CAUSAL_SUMMARY).to_pylist()
    confidence, top = running.stage["confidence"], running.stage["top"]
    publish(
        snakemake.output[0],
        FIGURE_CAUSAL,
        causal_rows(summary, top),
        running.provenance(),
        lambda rows: causal_figure(rows, confidence=confidence, top=top),
    )
