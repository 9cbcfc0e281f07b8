"""Checks of the causal test: run it again on the stored images and maps."""

from collections.abc import Mapping

from ssimball.causal.interface import CausalTest
from ssimball.causal.shard import causal_shard, read_attacked, read_clean, reference_curves_shard
from ssimball.config.stages.causal import CausalReferencesStage, CausalStage
from ssimball.overlap.grids import GridOrReason
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
#: Columns that hold lists of numbers.
_LISTS = {"shares", "probabilities"}
#: Columns that do not depend on the network.
_WITHOUT_NETWORK = {"l2", "mean_ssim"}


def _causal(run: Run, path: str, tally: Tally) -> None:
    artifact = artifact_of(path)
    stage: CausalReferencesStage | CausalStage
    if artifact.contract == REFERENCE_CURVES:
        stage = run.stage(path, CausalReferencesStage)
    else:
        stage = run.stage(path, CausalStage)
    classifier = run.classifier(artifact.network_prefix)
    test = CausalTest(classifier, stage.causal, stage.seed, _BATCH_SIZE)
    expected, stored = _expected_rows(run, artifact, test), run.rows(path)
    special = _LISTS | _WITHOUT_NETWORK
    plain = [column.name for column in artifact.contract.columns if column.name not in special]
    tally.rows(plain, expected, stored, TOLERANCE)
    for number, (derived, row) in enumerate(zip(expected, stored, strict=False)):
        for name in row.keys() & _LISTS:
            tally.close(number, name, derived.get(name), row[name], TOLERANCE)
        for name in row.keys() & _WITHOUT_NETWORK:
            tally.close(number, name, derived.get(name), row[name], SIMILARITY)


def _expected_rows(run: Run, artifact: Artifact, test: CausalTest) -> list[Row]:
    """Derive the rows of a table of the causal test again."""
    clean = run.folder / artifact.sibling(CLEAN)
    if artifact.contract == REFERENCE_CURVES:
        references = reference_curves_shard(test, read_clean(clean), _cams(run, artifact))
        return [curve.row() for curve in references]
    images = read_attacked(clean, run.folder / artifact.sibling(ATTACKS))
    if artifact.contract == CAUSAL:
        shard = causal_shard(test, images, cams=_cams(run, artifact))
        return [outcome.row() for outcome in shard.outcomes]
    distortions = read_distortions(run.folder / artifact.sibling(DISTORTION), ["deficit"])
    shard = causal_shard(test, images, deficits=distortions["deficit"])
    return [curve.row() for curve in shard.curves]


def _cams(run: Run, artifact: Artifact) -> Mapping[str, GridOrReason]:
    return read_cams(run.folder / artifact.sibling(EXPLANATIONS, explanation="cam"))


CHECKS = (
    Check(
        "causal",
        "the network gives the stored values for restricted perturbations",
        lambda run: run.paths_of(CAUSAL, CURVES, REFERENCE_CURVES),
        _causal,
        quick=False,
    ),
)
