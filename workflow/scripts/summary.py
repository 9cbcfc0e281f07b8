"""Statistics across images, the answer in words, and the attacks side by side."""

from pathlib import Path

from ssimball.config.stages.statistics import SummaryStage
from ssimball.overlap.metric import COLUMNS as METRIC
from ssimball.pipeline.jobs import job
from ssimball.report.text.answer import answer_table
from ssimball.report.text.comparison import comparison_table
from ssimball.statistics.inference import Inference
from ssimball.statistics.paired import comparisons
from ssimball.statistics.summary import FACTS, summarise
from ssimball.storage.atomic import write_text
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.overlap import COMPARISONS, OVERLAP, SUMMARY
from ssimball.storage.tables import read_frame, read_frames, write_table

MEASURED = ["image_id", "attack", *METRIC, "value", "null"]
COLUMNS = ["image_id", "label", "status", "success", "seconds", *FACTS]


with job(snakemake, SummaryStage) as running:
    stage = running.stage
    facts = read_frames(snakemake.input.attacks, ATTACKS, COLUMNS)
    overlap = read_frame(Path(snakemake.input.overlap), OVERLAP, MEASURED)
    inference = Inference.configured(stage.statistics, stage.seed, facts)
    rows = summarise(overlap, facts, inference)
    provenance = running.provenance()
    write_table(Path(snakemake.output.table), SUMMARY, rows, provenance)
    pairs = comparisons(overlap, inference)
    write_table(Path(snakemake.output.comparisons), COMPARISONS, pairs, provenance)
    answer = answer_table(
        rows,
        confidence=stage.statistics.confidence,
        top=stage.top,
        pairs=pairs,
        controls=stage.controls,
    )
    write_text(Path(snakemake.output.answer), answer)
    write_text(Path(snakemake.output.comparison), comparison_table(facts))
