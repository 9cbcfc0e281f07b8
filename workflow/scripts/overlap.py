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
    given = snakemake.input
    distortions = running.report_progress(given.distortions, len(given.distortions), "overlap")
    files = MapFiles(given.explanations, given.references, distortions, given.class_cams)
    rows = overlap_of_run(files, running.stage)
    write_table(Path(snakemake.output[0]), OVERLAP, rows, running.provenance())
