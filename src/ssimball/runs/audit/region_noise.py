"""Checks of the noise in regions: put it into the stored clean images again."""

from ssimball.causal.region_maps import read_maps
from ssimball.causal.region_noise import RegionNoise, region_noise_shard
from ssimball.causal.shard import read_clean
from ssimball.config.stages.region_noise import RegionNoiseStage
from ssimball.datasets.subset import partner_shards
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.predictions import TOLERANCE
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.contracts.images import CLEAN, SUBSET
from ssimball.storage.contracts.maps import EXPLANATIONS, REFERENCES
from ssimball.storage.contracts.region_noise import REGION_NOISE


def _region_noise(run: Run, path: str, tally: Tally) -> None:
    artifact = artifact_of(path)
    columns = [column.name for column in artifact.contract.columns]
    tally.rows(columns, _expected_rows(run, artifact), run.rows(path), TOLERANCE)


def _expected_rows(run: Run, artifact: Artifact) -> list[Row]:
    """Derive the rows of a shard again."""
    stage, folder = run.stage(artifact.path, RegionNoiseStage), run.folder
    classifier = run.classifier(artifact.network_prefix)
    test = RegionNoise(classifier, stage.region_noise, stage.top, stage.seed)
    size = run.study.execution.shard_size
    shards = sorted({artifact.shard, *partner_shards(artifact.shard, size, len(run.subset))})
    maps = read_maps(
        references=folder / artifact.sibling(REFERENCES),
        cams=[folder / artifact.sibling(EXPLANATIONS, explanation="cam", shard=s) for s in shards],
        subset=[folder / artifact.sibling(SUBSET, shard=s) for s in shards],
    )
    images = read_clean(folder / artifact.sibling(CLEAN))
    return [outcome.row() for outcome in region_noise_shard(test, images, maps)]


CHECKS = (
    Check(
        "region noise",
        "the network gives the stored values for images with noise in a region",
        lambda run: run.paths_of(REGION_NOISE),
        _region_noise,
        quick=False,
    ),
)
