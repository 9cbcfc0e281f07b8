"""The causal test, made again by the network from stored images and maps."""

from pathlib import Path

from ssimball.causal.interface import CausalTest
from ssimball.causal.shard import causal_shard, read_attacked, read_clean, reference_curves_shard
from ssimball.config.causal import CausalConfig
from ssimball.overlap.stored_maps import read_cams, read_distortions
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.predictions import TOLERANCE
from ssimball.runs.audit.similarity import TOLERANCE as SIMILARITY
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.causal import CAUSAL, CURVES, REFERENCE_CURVES
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS

#: Images that go through the network together.
_BATCH_SIZE = 8
_LISTS = {"shares", "probabilities"}
#: Columns that the network has no part in.
_WITHOUT = {"l2", "mean_ssim"}


def _causal(run: Run, artifact: str, tally: Tally) -> None:
    one, stage = artifact_of(artifact), run.origin(artifact)["stage"]
    settings = CausalConfig.model_validate(stage["causal"])
    test = CausalTest(run.classifier(one.place), settings, stage["seed"], _BATCH_SIZE)
    expected = _rows(run, one, test)
    stored = run.rows(artifact)
    names = [column.name for column in one.contract.columns if column.name not in _LISTS]
    tally.rows([name for name in names if name not in _WITHOUT], expected, stored, TOLERANCE)
    for number, (mine, row) in enumerate(zip(expected, stored, strict=False)):
        for name in row.keys() & _LISTS:
            tally.close(number, name, mine.get(name), row[name], TOLERANCE)
        for name in row.keys() & _WITHOUT:
            tally.close(number, name, mine.get(name), row[name], SIMILARITY)


def _rows(run: Run, one: Artifact, test: CausalTest) -> list[Row]:
    """Make the rows of a table of the causal test again."""
    clean = run.folder / one.beside(CLEAN)
    if one.contract == REFERENCE_CURVES:
        curves = reference_curves_shard(test, read_clean(clean), read_cams(_cams(run, one)))
        return [curve.row() for curve in curves]
    images = read_attacked(clean, run.folder / one.beside(ATTACKS))
    if one.contract == CAUSAL:
        shard = causal_shard(test, images, cams=read_cams(_cams(run, one)))
        return [outcome.row() for outcome in shard.outcomes]
    distortions = read_distortions(run.folder / one.beside(DISTORTION), ["deficit"])
    shard = causal_shard(test, images, deficits=distortions["deficit"])
    return [curve.row() for curve in shard.curves]


def _cams(run: Run, one: Artifact) -> Path:
    return run.folder / one.beside(EXPLANATIONS, explanation="cam")


CHECKS = (
    Check(
        "causal",
        "the network says this of cut perturbations",
        lambda run: run.of(CAUSAL, CURVES, REFERENCE_CURVES),
        _causal,
        quick=False,
    ),
)
