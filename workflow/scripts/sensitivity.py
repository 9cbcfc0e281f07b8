"""Where the answer holds and where it turns: table, words and figure."""

from pathlib import Path

import pandas as pd

from ssimball.config.stages.statistics import SensitivityStage
from ssimball.overlap.metric import COLUMNS as METRIC
from ssimball.pipeline.jobs import job
from ssimball.report.figures.files import publish
from ssimball.report.figures.rows import sensitivity_rows
from ssimball.report.figures.sensitivity import sensitivity_figure
from ssimball.report.text.sensitivity import sensitivity_text
from ssimball.statistics.inference import Inference
from ssimball.statistics.sensitivity import FACTS, summarise_sensitivity
from ssimball.storage.atomic import write_text
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.figures import FIGURE_SENSITIVITY
from ssimball.storage.contracts.sensitivity import SENSITIVITY, SENSITIVITY_OVERLAP
from ssimball.storage.tables import read_frame, read_frames, write_table

LEVEL = ["image_id", "factor", "level", "is_base", "attack", "network", *METRIC, "value", "null"]
COLUMNS = ["image_id", "label", "status", "success", *FACTS]

with job(snakemake, SensitivityStage) as running:
    stage, given = running.stage, snakemake.input
    facts = [read_frames(given.attacks, ATTACKS, COLUMNS).assign(network=None)]
    for path in given.other_attacks:
        # networks/<name>/attacks/<attack>/<shard>.parquet
        name = Path(path).parents[2].name
        facts.append(read_frames([path], ATTACKS, COLUMNS).assign(network=name))
    facts = pd.concat(facts, ignore_index=True)
    overlap = read_frame(Path(given.overlap), SENSITIVITY_OVERLAP, LEVEL)
    inference = Inference.configured(stage.statistics, stage.seed, facts)
    rows = summarise_sensitivity(overlap, facts, inference)
    provenance = running.provenance()
    write_table(Path(snakemake.output.table), SENSITIVITY, rows, provenance)
    write_text(Path(snakemake.output.text), sensitivity_text(rows, stage.base))
    confidence = stage.statistics.confidence
    publish(
        snakemake.output.figure[0],
        FIGURE_SENSITIVITY,
        sensitivity_rows(rows),
        provenance,
        lambda rows: sensitivity_figure(rows, confidence=confidence),
    )
