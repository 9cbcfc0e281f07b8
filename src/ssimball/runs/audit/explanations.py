"""Checks of explanations: CAMs sum up to their logits, and the network gives all maps again."""

from collections.abc import Iterator

from ssimball.config.stages.explain import ClassCamsStage, ExplainAttackStage, ExplainStage
from ssimball.explanations.driver import (
    Question,
    attacked_questions,
    clean_questions,
    explain,
    load_task,
)
from ssimball.explanations.other_classes import class_cams
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.predictions import TOLERANCE
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.runs.run import Run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.maps import CLASS_CAMS, EXPLANATIONS, EXPLANATIONS_ATTACKED

#: Of the mean of a float32 map, absolute and relative to the logit.
SUM = 1e-4
#: Of maps that are sums over noise (SmoothGrad), relative to the largest value: on another
#: processor they were seen to differ by half of it. Other maps differ by less than logits.
NOISY = 1e-2


def _sums(run: Run, path: str, tally: Tally) -> None:
    for row in run.rows(path, "map"):
        if row["bias"] is not None:
            mean = row["map"].astype("float64").mean()
            tally.close(row["image_id"], "logit", mean + row["bias"], row["logit"], SUM, SUM)
        elif row["status"] == "ok":
            # The maps of methods other than CAM do not sum up to the logit.
            tally.holds(row["image_id"], "map", row["map"] is not None, "a map", None)


def _explanations(run: Run, path: str, tally: Tally) -> None:
    artifact, stored = artifact_of(path), run.rows(path, "map")
    stage = run.stage(
        path, ExplainStage if artifact.contract == EXPLANATIONS else ExplainAttackStage
    )
    classifier = run.classifier(artifact.network_prefix)
    task = load_task(stage.explanation, stage.settings, classifier, seed=stage.seed)
    map_tolerance = TOLERANCE if stage.seed is None else NOISY
    expected = [explain(task, question).row() for question in _questions(run, artifact)]
    tally.equal("", "rows", len(expected), len(stored))
    exact = [c.name for c in artifact.contract.columns if c.type != "float64" and not c.dims]
    for derived, row in zip(expected, stored, strict=False):
        name = row["image_id"]
        for key in exact:
            tally.equal(name, key, derived[key], row[key])
        for key in ("logit", "bias"):
            tally.close(name, key, derived.get(key), row[key], TOLERANCE, TOLERANCE)
        values = derived.get("map")
        largest = 1.0 if values is None else float(abs(values).max())
        tally.close(name, "map", values, row["map"], map_tolerance * largest)


def _class_cams(run: Run, path: str, tally: Tally) -> None:
    artifact, stored = artifact_of(path), run.rows(path, "map")
    seed, classifier = run.stage(path, ClassCamsStage).seed, run.classifier("")
    clean = run.clean("", artifact.shard)
    expected = [cam.row() for row in clean.values() for cam in class_cams(classifier, row, seed)]
    tally.equal("", "rows", len(expected), len(stored))
    for derived, row in zip(expected, stored, strict=False):
        name = row["image_id"]
        for key in ("image_id", "status", "role", "class_index"):
            tally.equal(name, key, derived[key], row[key])
        values = derived["map"]
        largest = 1.0 if values is None else float(abs(values).max())
        tally.close(name, "map", values, row["map"], TOLERANCE * largest)


def _questions(run: Run, artifact: Artifact) -> Iterator[Question]:
    clean = run.clean(artifact.network_prefix, artifact.shard)
    if artifact.contract == EXPLANATIONS:
        for row in clean.values():
            yield from clean_questions(row)
        return
    for row in run.rows(artifact.sibling(ATTACKS)):
        yield from attacked_questions(row, clean[row["image_id"]]["image_png"])


def _maps(run: Run) -> list[str]:
    return run.paths_of(EXPLANATIONS, EXPLANATIONS_ATTACKED)


CHECKS = (
    Check(
        "class cams",
        "the network gives the stored CAMs of other classes again",
        lambda run: run.paths_of(CLASS_CAMS),
        _class_cams,
        quick=False,
        family="network",
        cost=0.04,
    ),
    Check("cam sums", "the mean of the map plus the bias is the logit", _maps, _sums),
    Check(
        "explanations",
        "the network gives the stored maps again",
        _maps,
        _explanations,
        quick=False,
        family="network",
        cost=0.016,
    ),
)
