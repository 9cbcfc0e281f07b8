"""Checks of the region test: confine the step to each region of the stored images again."""

from ssimball.causal.confined import Target
from ssimball.causal.region_maps import read_maps
from ssimball.causal.region_test import RegionTest, region_test_shard
from ssimball.causal.shard import read_clean
from ssimball.config.stages.region_test import RegionTestStage
from ssimball.datasets.subset import partner_shards
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.predictions import TOLERANCE
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.contracts.images import CLEAN, SUBSET
from ssimball.storage.contracts.maps import EXPLANATIONS, REFERENCES
from ssimball.storage.contracts.region_test import REGION_TEST


def _region_test(run: Run, path: str, tally: Tally) -> None:
    artifact = artifact_of(path)
    columns = [column.name for column in artifact.contract.columns]
    tally.rows(columns, _expected_rows(run, artifact), run.rows(path), TOLERANCE)


def _expected_rows(run: Run, artifact: Artifact) -> list[Row]:
    """Derive the rows of a shard again."""
    stage, folder = run.stage(artifact.path, RegionTestStage), run.folder
    classifier = run.classifier(artifact.network_prefix)
    test = RegionTest(
        classifier,
        stage.settings,
        Target(stage.mean_ssim, stage.tolerance),
        stage.top,
        stage.random_sets,
        stage.seed,
    )
    size = run.study.execution.shard_size
    shards = sorted({artifact.shard, *partner_shards(artifact.shard, size, len(run.subset))})
    maps = read_maps(
        references=folder / artifact.sibling(REFERENCES),
        cams=[folder / artifact.sibling(EXPLANATIONS, explanation="cam", shard=s) for s in shards],
        subset=[folder / artifact.sibling(SUBSET, shard=s) for s in shards],
    )
    images = read_clean(folder / artifact.sibling(CLEAN))
    return [outcome.row() for outcome in region_test_shard(test, images, maps)]


CHECKS = (
    Check(
        "region test",
        "bounds and images of steps confined to a region are derived again, and judged",
        lambda run: run.paths_of(REGION_TEST),
        _region_test,
        quick=False,
    ),
)
