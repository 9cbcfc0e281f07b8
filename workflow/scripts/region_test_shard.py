"""Confine an attack's step to one region of an image after the other, and classify the images.

Reads the clean table and the reference maps of a shard, and the subset and CAMs of the shard and of
those that hold its images' partners. Writes a table of the region test.
"""

from pathlib import Path

from ssimball.causal.confined import Target
from ssimball.causal.region_maps import read_maps
from ssimball.causal.region_test import RegionTest, region_test_shard
from ssimball.causal.shard import read_clean
from ssimball.config.stages.region_test import RegionTestStage
from ssimball.models.classifier import load_classifier
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.region_test import REGION_TEST
from ssimball.storage.tables import write_table

with job(snakemake, RegionTestStage) as running:
    stage, device, given = running.stage, running.device, snakemake.input
    test = RegionTest(
        model=load_classifier(running.with_local_weights(stage.model), device),
        settings=stage.settings,
        target=Target(stage.mean_ssim, stage.tolerance),
        top=stage.top,
        random_sets=stage.random_sets,
        least_share=stage.least_share,
        seed=stage.seed,
        device=device,
    )
    images = read_clean(Path(given.clean))
    maps = read_maps(Path(given.references), map(Path, given.cams), map(Path, given.subset))
    description = f"region test {snakemake.wildcards.shard}"
    progress = running.report_progress(images, len(images), description)
    rows = [outcome.row() for outcome in region_test_shard(test, progress, maps)]
    write_table(Path(snakemake.output[0]), REGION_TEST, rows, running.provenance(device))
