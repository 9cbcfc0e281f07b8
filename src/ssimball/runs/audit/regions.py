"""Checks of regions: noise in each, and steps confined to each, once more on the stored images."""

from collections.abc import Callable
from pathlib import Path

from ssimball.causal.confined import Target
from ssimball.causal.region_maps import StoredMaps, read_maps
from ssimball.causal.region_noise import RegionNoise, region_noise_shard
from ssimball.causal.region_test import RegionTest, region_test_shard
from ssimball.causal.shard import read_clean
from ssimball.config.stages.region_noise import RegionNoiseStage
from ssimball.config.stages.region_test import RegionTestStage
from ssimball.datasets.subset import partner_shards
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.predictions import TOLERANCE
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.contracts.images import CLEAN, SUBSET
from ssimball.storage.contracts.maps import EXPLANATIONS, REFERENCES
from ssimball.storage.contracts.region_noise import REGION_NOISE
from ssimball.storage.contracts.region_test import REGION_TEST


def _compared(derive: Callable[[Run, Artifact], list[Row]]) -> Callable[[Run, str, Tally], None]:
    """Return the function that compares the rows of a shard with what is derived again."""

    def examine(run: Run, path: str, tally: Tally) -> None:
        artifact = artifact_of(path)
        columns = [column.name for column in artifact.contract.columns]
        expected, stored = derive(run, artifact), run.rows(path)
        # A radius is far below 1.
        plain = [name for name in columns if name != "epsilon"]
        tally.rows(plain, expected, stored, TOLERANCE)
        if "epsilon" in columns:
            tally.rows(["epsilon"], expected, stored, 0.0, TOLERANCE)

    return examine


def _noise(run: Run, artifact: Artifact) -> list[Row]:
    stage = run.stage(artifact.path, RegionNoiseStage)
    classifier = run.classifier(artifact.network_prefix)
    test = RegionNoise(classifier, stage.region_noise, stage.top, stage.seed)
    images = read_clean(_clean(run, artifact))
    return [outcome.row() for outcome in region_noise_shard(test, images, _maps(run, artifact))]


def _confined(run: Run, artifact: Artifact) -> list[Row]:
    stage = run.stage(artifact.path, RegionTestStage)
    test = RegionTest(
        run.classifier(artifact.network_prefix),
        stage.settings,
        Target(stage.mean_ssim, stage.tolerance),
        stage.top,
        stage.random_sets,
        stage.least_share,
        stage.seed,
    )
    images = read_clean(_clean(run, artifact))
    return [outcome.row() for outcome in region_test_shard(test, images, _maps(run, artifact))]


def _clean(run: Run, artifact: Artifact) -> Path:
    return run.folder / artifact.sibling(CLEAN)


def _maps(run: Run, artifact: Artifact) -> StoredMaps:
    """Read the maps of a shard, and those of its images' partners."""
    folder, size = run.folder, run.study.execution.shard_size
    shards = sorted({artifact.shard, *partner_shards(artifact.shard, size, len(run.subset))})
    return read_maps(
        references=folder / artifact.sibling(REFERENCES),
        cams=[folder / artifact.sibling(EXPLANATIONS, explanation="cam", shard=s) for s in shards],
        subset=[folder / artifact.sibling(SUBSET, shard=s) for s in shards],
    )


CHECKS = (
    Check(
        "region noise",
        "the network gives the stored values for images with noise in a region",
        lambda run: run.paths_of(REGION_NOISE),
        _compared(_noise),
        quick=False,
        cost=0.3,
    ),
    Check(
        "region test",
        "bounds and images of steps confined to a region are derived again, and judged",
        lambda run: run.paths_of(REGION_TEST),
        _compared(_confined),
        quick=False,
        cost=1.7,
    ),
)
