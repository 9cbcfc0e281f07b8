"""Summarise the region test across images.

Reads the clean tables and those of the region test. Writes region_test.parquet.
"""

from pathlib import Path

from ssimball.config.stages.region_test import RegionTestSummaryStage
from ssimball.pipeline.jobs import job
from ssimball.statistics.stored.region_test import region_test_summary_of_run
from ssimball.statistics.stored.units import inference_of_run
from ssimball.storage.contracts.region_test import REGION_TEST_SUMMARY
from ssimball.storage.tables import write_table

with job(snakemake, RegionTestSummaryStage) as running:
    given = snakemake.input
    inference = inference_of_run(given.clean, running.stage)
    rows = region_test_summary_of_run(given.region_test, inference)
    write_table(Path(snakemake.output[0]), REGION_TEST_SUMMARY, rows, running.provenance())
