"""Checks of deletion and insertion curves: make them again from the stored images and maps."""

from ssimball.causal.interface import CausalTest
from ssimball.causal.shard import (
    deficit_curves_shard,
    read_attacked,
    read_clean,
    reference_curves_shard,
)
from ssimball.config.stages.causal import CausalReferencesStage, CausalStage
from ssimball.overlap.stored_maps import read_cams, read_distortions
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.predictions import TOLERANCE
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.causal import CURVES, REFERENCE_CURVES
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS

#: Images that go through the network together.
_BATCH_SIZE = 8
#: Columns that hold lists of numbers.
_LISTS = ("shares", "probabilities")


def _causal(run: Run, path: str, tally: Tally) -> None:
    artifact = artifact_of(path)
    expected, stored = _expected_rows(run, artifact), run.rows(path)
    plain = [column.name for column in artifact.contract.columns if column.name not in _LISTS]
    tally.rows(plain, expected, stored, TOLERANCE)
    for number, (derived, row) in enumerate(zip(expected, stored, strict=False)):
        for name in _LISTS:
            tally.close(number, name, derived[name], row[name], TOLERANCE)


def _expected_rows(run: Run, artifact: Artifact) -> list[Row]:
    """Make the rows of a table of curves again."""
    clean = run.folder / artifact.sibling(CLEAN)
    if artifact.contract == REFERENCE_CURVES:
        test = _test(run, artifact, run.stage(artifact.path, CausalReferencesStage))
        cams = read_cams(run.folder / artifact.sibling(EXPLANATIONS, explanation="cam"))
        found = reference_curves_shard(test, read_clean(clean), cams)
    else:
        test = _test(run, artifact, run.stage(artifact.path, CausalStage))
        images = read_attacked(clean, run.folder / artifact.sibling(ATTACKS))
        distortions = read_distortions(run.folder / artifact.sibling(DISTORTION), ["deficit"])
        found = deficit_curves_shard(test, images, distortions["deficit"])
    return [curve.row() for curve in found]


def _test(run: Run, artifact: Artifact, stage: CausalReferencesStage | CausalStage) -> CausalTest:
    classifier = run.classifier(artifact.network_prefix)
    return CausalTest(classifier, stage.causal, stage.seed, _BATCH_SIZE)


CHECKS = (
    Check(
        "causal",
        "the network gives the stored curves",
        lambda run: run.paths_of(CURVES, REFERENCE_CURVES),
        _causal,
        quick=False,
        family="network",
        cost=0.3,
    ),
)
