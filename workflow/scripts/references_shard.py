"""Compute the maps of clean images, beside the CAM, that distortions are compared with.

Reads the clean table and the size of the CAMs of a shard. Writes the table of reference maps.
"""

from pathlib import Path

from ssimball.config.stages.overlap import ReferencesStage
from ssimball.overlap.reference_maps import reference_maps_shard
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.maps import REFERENCES
from ssimball.storage.tables import write_table

with job(snakemake, ReferencesStage) as running:
    given = snakemake.input
    rows = [maps.row() for maps in reference_maps_shard(Path(given.clean), Path(given.cam))]
    write_table(Path(snakemake.output[0]), REFERENCES, rows, running.provenance())
