"""Rows: every image has its own at every stage, and its columns agree with each other."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import torch

from ssimball.attacks import smallest_budget
from ssimball.attacks.registry import settings_of
from ssimball.attacks.smallest_budget import Trial
from ssimball.attacks.targets import target_class
from ssimball.config.attacks.base import AttackSettings
from ssimball.models.logits import margin, succeeded
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.runs.run import Row, Run
from ssimball.runtime.randomness import generator
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLASSES, CLEAN, SUBSET
from ssimball.storage.contracts.maps import DISTORTION, SSIM
from ssimball.storage.status import has_stored_image, set_aside

#: Of numbers that follow from others of the same tables.
TOLERANCE = 1e-9


def _artifacts(run: Run) -> Iterator[str]:
    yield from (one.path for one in run.tables if one.shard)
    yield CLASSES.path


def _rows(run: Run, artifact: str, tally: Tally) -> None:
    if artifact_of(artifact).contract == SUBSET:
        _subset(run, artifact_of(artifact), tally)
    elif artifact == CLASSES.path:
        labels = [row["label"] for row in run.rows(artifact)]
        tally.equal("", "labels", list(range(run.study.model.num_classes)), labels)
    else:
        _images(run, artifact_of(artifact), tally)


def _subset(run: Run, one: Artifact, tally: Tally) -> None:
    names = {row["label"]: row["name"] for row in run.rows(CLASSES.path)}
    times = Counter(row["image_id"] for row in run.subset)
    first = int(one.shard) * run.study.execution.shard_size
    for number, row in enumerate(run.rows(one.path)):
        tally.equal(row["image_id"], "times in the subset", 1, times[row["image_id"]])
        tally.equal(row["image_id"], "position", first + number, row["position"])
        tally.equal(row["image_id"], "shard", one.shard, row["shard"])
        tally.equal(row["image_id"], "class_name", names.get(row["label"]), row["class_name"])
        readable = row["status"] == "selected" or row["status"].startswith("failed: ")
        tally.true(row["image_id"], "status", readable, "selected or failed", row["status"])


def _images(run: Run, one: Artifact, tally: Tally) -> None:
    rows = run.rows(one.path)
    labels = {r["image_id"]: r["label"] for r in run.subset if r["shard"] == one.shard}
    tally.equal("", "images", list(labels), list(dict.fromkeys(r["image_id"] for r in rows)))
    for row in rows:
        if "label" in row:
            tally.equal(row["image_id"], "label", labels.get(row["image_id"]), row["label"])
    if one.contract == CLEAN:
        _clean(rows, one, tally)
    elif one.contract == ATTACKS:
        _attacked(run, one, rows, tally)
    elif one.contract in (SSIM, DISTORTION):
        _maps(run, one, rows, tally)


def _clean(rows: list[Row], one: Artifact, tally: Tally) -> None:
    for row in rows:
        if row["status"] != "ok":
            tally.true(row["image_id"], "status", row["status"].startswith("failed: "), "ok", row)
            _nothing(row, one, tally)
            continue
        logits = torch.tensor([row["logits"]], dtype=torch.float64)
        probabilities = logits.softmax(1)[0]
        tally.equal(row["image_id"], "predicted", int(logits.argmax(1)), row["predicted"])
        tally.equal(row["image_id"], "correct", row["predicted"] == row["label"], row["correct"])
        for name, expected in {
            "probability": probabilities.max(),
            "label_probability": probabilities[row["label"]],
            "margin": margin(logits, torch.tensor([row["label"]]))[0],
        }.items():
            tally.close(row["image_id"], name, expected, row[name], TOLERANCE, TOLERANCE)


def _nothing(row: Row, one: Artifact, tally: Tally) -> None:
    """A row that has no values says only why."""
    for column in one.contract.columns:
        if column.nullable and not column.dims:
            tally.equal(row["image_id"], column.name, None, row[column.name])


def _maps(run: Run, one: Artifact, rows: list[Row], tally: Tally) -> None:
    attacked = {row["image_id"]: row["status"] for row in run.rows(one.beside(ATTACKS))}
    for row in rows:
        status = attacked[row["image_id"]]
        expected = "ok" if has_stored_image(status) else status
        tally.equal(row["image_id"], "status", expected, row["status"])
        if row["status"] != "ok":
            _nothing(row, one, tally)


def _attacked(run: Run, one: Artifact, rows: list[Row], tally: Tally) -> None:
    stage = run.origin(one.path)["stage"]
    settings, clean = settings_of(stage["settings"]), run.clean(one.place, one.shard)
    for row in rows:
        own = clean[row["image_id"]]
        if not own["correct"]:
            tally.equal(row["image_id"], "status", set_aside(own["status"]), row["status"])
        if not has_stored_image(row["status"]):
            why = row["status"].startswith(("skipped: ", "failed: "))
            tally.true(row["image_id"], "status", why, "why there is no image", row["status"])
            _nothing(row, one, tally)
            continue
        tally.close(row["image_id"], "clean_margin", own["margin"], row["clean_margin"], TOLERANCE)
        target = _target(settings, own, stage["seed"])
        tally.equal(row["image_id"], "target", target, row["target"])
        fooled = succeeded(row["predicted"], row["label"], row["target"])
        tally.equal(row["image_id"], "success", fooled, row["success"])
        _on_terms(row, settings, stage["comparison"], tally)


def _target(settings: AttackSettings, clean: Row, seed: int) -> int | None:
    if settings.target is None:
        return None
    rng = generator(seed, clean["image_id"], "target")
    return target_class(settings.target, clean["label"], clean["logits"], rng)


def _on_terms(row: Row, settings: AttackSettings, terms: dict[str, Any], tally: Tally) -> None:
    """What the comparison of attacks says of a row."""
    name, mode = row["image_id"], terms["mode"]
    matched = None
    if mode == "matched_quality":
        matched = abs(row["mean_ssim"] - terms["mean_ssim"]) <= terms["tolerance"]
    tally.equal(name, "matched", matched, row["matched"])
    if mode == "fixed_budget":
        tally.close(name, "budget", settings.budget, row["budget"], TOLERANCE)
        floor = settings.mean_ssim_floor
        kept = floor is None or row["mean_ssim"] >= floor
        tally.true(name, "mean_ssim", kept, f"at least {floor}", row["mean_ssim"])
    if row["trial_budgets"] is None:
        expected: dict[str, Any] = dict.fromkeys(("smallest_budget", "budget_below"))
    else:
        pairs = zip(row["trial_budgets"], row["trial_successes"], strict=True)
        trials = [Trial(budget, success, None) for budget, success in pairs]
        expected = smallest_budget.columns(trials)
        best = smallest_budget.smallest(trials)
        expected |= {"budget": best.budget, "success": best.success}
    for key, value in expected.items():
        tally.equal(name, key, value, row[key])


CHECKS = (Check("rows", "each image has its row, and columns agree", _artifacts, _rows),)
