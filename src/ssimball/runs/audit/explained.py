"""Explanations: that CAMs account for their logits, and all maps made again by the network."""

from collections.abc import Iterator

from ssimball.explanations.driver import (
    Question,
    answer,
    attacked_questions,
    clean_questions,
    task_of,
)
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.predictions import TOLERANCE
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.runs.run import Run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.maps import EXPLANATIONS, EXPLANATIONS_ATTACKED

#: Of the mean of a float32 map, absolute and relative to the logit.
SUM = 1e-4
#: Of maps that are sums over noise (SmoothGrad), of the largest value: on another processor they
#: were seen to differ by half of it. Others differ by less than logits.
NOISY = 1e-2


def _sums(run: Run, artifact: str, tally: Tally) -> None:
    for row in run.rows(artifact, "map"):
        if row["bias"] is not None:
            mean = row["map"].astype("float64").mean()
            tally.close(row["image_id"], "logit", mean + row["bias"], row["logit"], SUM, SUM)
        elif row["status"] == "ok":
            # Another method than CAM: its map is no account of the logit.
            tally.true(row["image_id"], "map", row["map"] is not None, "a map", None)


def _explanations(run: Run, artifact: str, tally: Tally) -> None:
    one, stored = artifact_of(artifact), run.rows(artifact, "map")
    stage = run.origin(artifact)["stage"]
    task = task_of(stage, run.classifier(one.place), "cpu")
    allowed = NOISY if "seed" in stage else TOLERANCE
    expected = [answer(task, question) for question in _questions(run, one)]
    tally.equal("", "rows", len(expected), len(stored))
    plain = [c.name for c in one.contract.columns if c.type != "float64" and not c.dims]
    for mine, row in zip(expected, stored, strict=False):
        name = row["image_id"]
        for key in plain:
            tally.equal(name, key, mine[key], row[key])
        for key in ("logit", "bias"):
            tally.close(name, key, mine.get(key), row[key], TOLERANCE, TOLERANCE)
        found = mine.get("map")
        scale = allowed * (1.0 if found is None else float(abs(found).max()))
        tally.close(name, "map", found, row["map"], scale)


def _questions(run: Run, one: Artifact) -> Iterator[Question]:
    clean = run.clean(one.place, one.shard)
    if one.contract == EXPLANATIONS:
        for row in clean.values():
            yield from clean_questions(row)
        return
    for row in run.rows(one.beside(ATTACKS)):
        yield from attacked_questions(row, clean[row["image_id"]]["image_png"])


def _maps(run: Run) -> list[str]:
    return run.of(EXPLANATIONS, EXPLANATIONS_ATTACKED)


CHECKS = (
    Check("cam sums", "mean of the map + bias = logit", _maps, _sums),
    Check("explanations", "the network explains so", _maps, _explanations, quick=False),
)
