"""The causal test across images, and what it says in words."""

from pathlib import Path

from ssimball.artifacts import read_frames, write_table
from ssimball.causal_summary import METRICS, summarise_causal
from ssimball.causal_text import causal_text
from ssimball.contracts.causal import CAUSAL, CAUSAL_SUMMARY, CURVES, REFERENCE_CURVES
from ssimball.jobs import job
from ssimball.writing import write_text

with job(snakemake) as running:
    stage = running.stage
    where = ["image_id", "label", "set", "area", "terms"]
    curve = ["image_id", "order", "kind", "area"]
    rows = summarise_causal(
        read_frames(snakemake.input.causal, CAUSAL, [*where, *METRICS.values()]),
        read_frames(snakemake.input.curves, CURVES, curve),
        read_frames(snakemake.input.references, REFERENCE_CURVES, curve),
        seed=stage["seed"],
        **stage["statistics"],
    )
    write_table(Path(snakemake.output.table), CAUSAL_SUMMARY, rows, running.provenance())
    text = causal_text(rows, top=stage["top"], confidence=stage["statistics"]["confidence"])
    write_text(Path(snakemake.output.text), text)
