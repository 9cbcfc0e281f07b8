"""Draw the figure of the region test.

Reads the statistics of the region test and, where the run has it, of noise in regions. Writes the
figure as table, PDF and PNG.
"""

from pathlib import Path

from ssimball.config.stages.figures import FigureRegionTestStage
from ssimball.pipeline.jobs import job
from ssimball.report.figures.files import publish
from ssimball.report.figures.region_test import region_rows, region_test_figure
from ssimball.storage.contracts.figures import FIGURE_REGION_TEST
from ssimball.storage.contracts.region_noise import REGION_NOISE_SUMMARY
from ssimball.storage.contracts.region_test import REGION_TEST_SUMMARY
from ssimball.storage.tables import read_table

with job(snakemake, FigureRegionTestStage) as running:
    stage, given = running.stage, snakemake.input
    test = read_table(Path(given.region_test), REGION_TEST_SUMMARY).to_pylist()
    noise = [
        row
        for path in given.region_noise
        for row in read_table(Path(path), REGION_NOISE_SUMMARY).to_pylist()
    ]
    publish(
        snakemake.output.region_test[0],
        FIGURE_REGION_TEST,
        region_rows(test, noise),
        running.provenance(),
        lambda rows: region_test_figure(
            rows, attack=stage.display_name(stage.attack), confidence=stage.confidence
        ),
    )
