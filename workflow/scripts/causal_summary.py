"""Summarise deletion and insertion curves across images.

Reads the clean tables, the curves and the reference curves. Writes the table of statistics and
causal.txt.
"""

from pathlib import Path

from ssimball.config.stages.statistics import CausalSummaryStage
from ssimball.pipeline.jobs import job
from ssimball.report.text.causal import causal_text
from ssimball.statistics.stored.causal import causal_summary_of_run
from ssimball.statistics.stored.units import inference_of_run
from ssimball.storage.atomic import write_text
from ssimball.storage.contracts.causal import CAUSAL_SUMMARY
from ssimball.storage.tables import write_table

with job(snakemake, CausalSummaryStage) as running:
    stage, given = running.stage, snakemake.input
    inference = inference_of_run(given.clean, stage)
    rows = causal_summary_of_run(given.curves, given.references, inference)
    write_table(Path(snakemake.output.table), CAUSAL_SUMMARY, rows, running.provenance())
    text = causal_text(rows, confidence=stage.statistics.confidence)
    write_text(Path(snakemake.output.text), text)
