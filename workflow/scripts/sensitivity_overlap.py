"""Measure overlap at every level of the sensitivity sweep for each image.

Reads explanations, reference maps and distortions of the run's own and of other networks. Writes
sensitivity_overlap.parquet.
"""

from pathlib import Path

from ssimball.config.stages.overlap import SensitivityOverlapStage
from ssimball.overlap.run import MapFiles, sensitivity_of_run
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.sensitivity import SENSITIVITY_OVERLAP
from ssimball.storage.tables import write_table

with job(snakemake, SensitivityOverlapStage) as running:
    given = snakemake.input
    others = MapFiles(given.other_cams, given.other_references, given.other_distortions)
    rows = sensitivity_of_run(
        MapFiles(given.explanations, given.references, given.distortions),
        lambda network: others.of_network(running.folder, network),
        running.stage,
    )
    write_table(Path(snakemake.output[0]), SENSITIVITY_OVERLAP, rows, running.provenance())
