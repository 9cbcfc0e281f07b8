"""Measure and summarise overlap on networks with random weights, the run's own beside.

Reads the clean tables of the run's network, and CAMs, reference maps, attack tables and distortions
of all networks. Writes randomised_overlap.parquet and randomised.parquet.
"""

from pathlib import Path

from ssimball.config.stages.randomised import RandomisedStage
from ssimball.overlap.run import MapFiles, randomised_overlap_of_run
from ssimball.pipeline.jobs import job
from ssimball.statistics.stored.randomised import randomised_summary
from ssimball.statistics.stored.units import inference_of_run
from ssimball.storage.contracts.randomised import RANDOMISED, RANDOMISED_OVERLAP
from ssimball.storage.tables import write_table

with job(snakemake, RandomisedStage) as running:
    given, stage = snakemake.input, running.stage
    files = MapFiles(given.cams, given.references, given.distortions)
    rows = randomised_overlap_of_run(lambda name: files.of_network(running.folder, name), stage)
    provenance = running.provenance()
    write_table(Path(snakemake.output.overlap), RANDOMISED_OVERLAP, rows, provenance)
    summary = randomised_summary(rows, given.attacks, stage, inference_of_run(given.clean, stage))
    write_table(Path(snakemake.output.table), RANDOMISED, summary, provenance)
