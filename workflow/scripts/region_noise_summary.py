"""Summarise the noise in regions across images.

Reads the clean tables and those of the noise in regions. Writes region_noise.parquet.
"""

from pathlib import Path

from ssimball.config.stages.region_noise import RegionNoiseSummaryStage
from ssimball.pipeline.jobs import job
from ssimball.statistics.stored.region_noise import region_noise_summary_of_run
from ssimball.statistics.stored.units import inference_of_run
from ssimball.storage.contracts.region_noise import REGION_NOISE_SUMMARY
from ssimball.storage.tables import write_table

with job(snakemake, RegionNoiseSummaryStage) as running:
    given = snakemake.input
    inference = inference_of_run(given.clean, running.stage)
    rows = region_noise_summary_of_run(given.region_noise, inference)
    write_table(Path(snakemake.output[0]), REGION_NOISE_SUMMARY, rows, running.provenance())
