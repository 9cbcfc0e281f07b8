"""Measure the overlap of distortions with explanations and other maps for each image.

Reads the explanations, the reference maps and the distortions of all shards. Writes
overlap.parquet.
"""

from pathlib import Path

from ssimball.config.stages.overlap import OverlapStage
from ssimball.overlap.run import MapFiles, overlap_of_run
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.overlap import OVERLAP
from ssimball.storage.tables import write_table

with job(snakemake, OverlapStage) as running:
    given, stage = snakemake.input, running.stage
    files = MapFiles(given.explanations, given.references, given.distortions, given.class_cams)
    attacks = running.report_progress(stage.attacks, len(stage.attacks), "overlap")
    rows = overlap_of_run(files, stage, attacks)
    write_table(Path(snakemake.output[0]), OVERLAP, rows, running.provenance())
