"""The causal test across images, and what it says in words."""

from pathlib import Path

from ssimball.config.stages.statistics import CausalSummaryStage
from ssimball.pipeline.jobs import job
from ssimball.report.text.causal import causal_text
from ssimball.statistics.causal import summarise_causal
from ssimball.statistics.causal_tables import METRICS
from ssimball.statistics.inference import Inference
from ssimball.storage.atomic import write_text
from ssimball.storage.contracts.causal import CAUSAL, CAUSAL_SUMMARY, CURVES, REFERENCE_CURVES
from ssimball.storage.tables import read_frames, write_table

with job(snakemake, CausalSummaryStage) as running:
    stage = running.stage
    where = ["image_id", "label", "set", "area", "terms"]
    curve = ["image_id", "order", "kind", "area"]
    rows = summarise_causal(
        read_frames(snakemake.input.causal, CAUSAL, [*where, *METRICS.values()]),
        read_frames(snakemake.input.curves, CURVES, curve),
        read_frames(snakemake.input.references, REFERENCE_CURVES, curve),
        Inference.configured(stage.statistics, stage.seed),
    )
    write_table(Path(snakemake.output.table), CAUSAL_SUMMARY, rows, running.provenance())
    text = causal_text(rows, top=stage.top, confidence=stage.statistics.confidence)
    write_text(Path(snakemake.output.text), text)
