"""Put noise into one region of a clean image after the other, and classify the images.

Reads the clean table and the reference maps of a shard, and the subset and CAMs of the shard and of
those that hold its images' partners. Writes a table of the noise in regions.
"""

from pathlib import Path

from ssimball.causal.region_maps import read_maps
from ssimball.causal.region_noise import RegionNoise, region_noise_shard
from ssimball.causal.shard import read_clean
from ssimball.config.stages.region_noise import RegionNoiseStage
from ssimball.models.classifier import load_classifier
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.region_noise import REGION_NOISE
from ssimball.storage.tables import write_table

with job(snakemake, RegionNoiseStage) as running:
    stage, device, given = running.stage, running.device, snakemake.input
    test = RegionNoise(
        model=load_classifier(running.with_local_weights(stage.model), device),
        settings=stage.region_noise,
        top=stage.top,
        seed=stage.seed,
        device=device,
    )
    images = read_clean(Path(given.clean))
    maps = read_maps(Path(given.references), map(Path, given.cams), map(Path, given.subset))
    description = f"region noise {snakemake.wildcards.shard}"
    progress = running.report_progress(images, len(images), description)
    rows = [outcome.row() for outcome in region_noise_shard(test, progress, maps)]
    write_table(Path(snakemake.output[0]), REGION_NOISE, rows, running.provenance(device))
