"""Checks of rows: every image has one at every stage, and its columns agree with each other."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import torch

from ssimball.attacks import smallest_budget
from ssimball.attacks.smallest_budget import Trial
from ssimball.attacks.targets import target_of_image
from ssimball.config.attacks.base import AttackSettings
from ssimball.config.comparison import ComparisonConfig
from ssimball.config.stages.attack import AttackStage
from ssimball.config.stages.images import CleanStage
from ssimball.models.logits import margin, succeeded
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLASSES, CLEAN, SUBSET
from ssimball.storage.contracts.maps import DISTORTION, REFERENCES, SSIM
from ssimball.storage.status import Status, has_stored_image

#: Of numbers that follow from others of the same tables.
TOLERANCE = 1e-9


def _tables_of_images(run: Run) -> Iterator[str]:
    yield from (table.path for table in run.tables if table.shard)
    yield CLASSES.path


def _rows(run: Run, path: str, tally: Tally) -> None:
    artifact = artifact_of(path)
    if artifact.contract == SUBSET:
        _check_subset(run, artifact, tally)
    elif artifact.contract == CLASSES:
        labels = [row["label"] for row in run.rows(path)]
        tally.equal("", "labels", list(range(run.study.model.num_classes)), labels)
    else:
        _check_images(run, artifact, tally)


def _check_subset(run: Run, artifact: Artifact, tally: Tally) -> None:
    names = {row["label"]: row["name"] for row in run.rows(CLASSES.path)}
    times = Counter(row["image_id"] for row in run.subset)
    first = int(artifact.shard) * run.study.execution.shard_size
    for number, row in enumerate(run.rows(artifact.path)):
        image = row["image_id"]
        tally.equal(image, "times in the subset", 1, times[image])
        tally.equal(image, "position", first + number, row["position"])
        tally.equal(image, "shard", artifact.shard, row["shard"])
        tally.equal(image, "class_name", names.get(row["label"]), row["class_name"])
        known = row["status"] == "selected" or row["status"].startswith("failed: ")
        tally.holds(image, "status", known, "selected or failed", row["status"])


def _check_images(run: Run, artifact: Artifact, tally: Tally) -> None:
    rows = run.rows(artifact.path)
    labels = _labels(run, artifact)
    tally.equal("", "images", list(labels), list(dict.fromkeys(r["image_id"] for r in rows)))
    for row in rows:
        if "label" in row:
            tally.equal(row["image_id"], "label", labels.get(row["image_id"]), row["label"])
    if artifact.contract == CLEAN:
        _check_clean(rows, artifact, tally)
    elif artifact.contract == ATTACKS:
        _check_attacked(run, artifact, rows, tally)
    elif artifact.contract in (SSIM, DISTORTION):
        _check_maps(run, artifact, rows, tally)
    elif artifact.contract == REFERENCES:
        _check_references(run, artifact, rows, tally)


def _labels(run: Run, artifact: Artifact) -> dict[str, int]:
    """Return the label of each image of a shard, in the order of the subset.

    A network with random weights has its own predictions as labels.
    """
    labels = {r["image_id"]: r["label"] for r in run.subset if r["shard"] == artifact.shard}
    if run.stage(artifact.sibling(CLEAN), CleanStage).model.is_randomised:
        clean = run.clean(artifact.network_prefix, artifact.shard)
        labels |= {i: r["predicted"] for i, r in clean.items() if r["status"] == "ok"}
    return labels


def _check_clean(rows: list[Row], artifact: Artifact, tally: Tally) -> None:
    for row in rows:
        image, status = row["image_id"], row["status"]
        if status != "ok":
            tally.holds(image, "status", status.startswith("failed: "), "ok or failed", status)
            _check_nulls(row, artifact, tally)
            continue
        logits = torch.tensor([row["logits"]], dtype=torch.float64)
        probabilities = logits.softmax(1)[0]
        tally.equal(image, "predicted", int(logits.argmax(1)), row["predicted"])
        tally.equal(image, "correct", row["predicted"] == row["label"], row["correct"])
        for name, expected in {
            "probability": probabilities.max(),
            "label_probability": probabilities[row["label"]],
            "margin": margin(logits, torch.tensor([row["label"]]))[0],
        }.items():
            tally.close(image, name, expected, row[name], TOLERANCE, TOLERANCE)


def _check_nulls(row: Row, artifact: Artifact, tally: Tally) -> None:
    """Require a row without results to hold nothing but its status."""
    for column in artifact.contract.columns:
        if column.nullable and not column.dims:
            tally.equal(row["image_id"], column.name, None, row[column.name])


def _check_maps(run: Run, artifact: Artifact, rows: list[Row], tally: Tally) -> None:
    attacked = {row["image_id"]: row["status"] for row in run.rows(artifact.sibling(ATTACKS))}
    for row in rows:
        status = attacked[row["image_id"]]
        expected = "ok" if has_stored_image(status) else status
        tally.equal(row["image_id"], "status", expected, row["status"])
        if row["status"] != "ok":
            _check_nulls(row, artifact, tally)


def _check_references(run: Run, artifact: Artifact, rows: list[Row], tally: Tally) -> None:
    clean = run.clean(artifact.network_prefix, artifact.shard)
    for row in rows:
        tally.equal(row["image_id"], "status", clean[row["image_id"]]["status"], row["status"])
        if row["status"] != "ok":
            _check_nulls(row, artifact, tally)


def _check_attacked(run: Run, artifact: Artifact, rows: list[Row], tally: Tally) -> None:
    stage = run.stage(artifact.path, AttackStage)
    clean = run.clean(artifact.network_prefix, artifact.shard)
    for row in rows:
        image, status, original = row["image_id"], row["status"], clean[row["image_id"]]
        if not original["correct"]:
            tally.equal(image, "status", str(Status.not_attacked(original["status"])), status)
        if not has_stored_image(status):
            explained = status.startswith(("skipped: ", "failed: "))
            tally.holds(image, "status", explained, "the reason for no image", status)
            _check_nulls(row, artifact, tally)
            continue
        tally.close(image, "clean_margin", original["margin"], row["clean_margin"], TOLERANCE)
        tally.equal(image, "target", _target(stage.settings, original, stage.seed), row["target"])
        fooled = succeeded(row["predicted"], row["label"], row["target"])
        tally.equal(image, "success", fooled, row["success"])
        _check_sign(row, tally)
        _check_comparison(row, stage.settings, stage.comparison, tally)
        _check_trials(row, tally)


def _check_sign(row: Row, tally: Tally) -> None:
    # Where the margin is 0, two classes tie.
    fits = row["margin"] == 0 or (row["margin"] > 0) is (row["predicted"] == row["label"])
    tally.holds(row["image_id"], "margin", fits, "the sign of the prediction", row["margin"])


def _target(settings: AttackSettings, clean: Row, seed: int) -> int | None:
    if settings.target is None:
        return None
    image, label, logits = clean["image_id"], clean["label"], clean["logits"]
    return target_of_image(settings.target, image, label, logits, seed)


def _check_comparison(
    row: Row, settings: AttackSettings, comparison: ComparisonConfig, tally: Tally
) -> None:
    """Check the columns that follow from how the attacks are made comparable."""
    image, matched = row["image_id"], None
    if comparison.mode == "matched_quality":
        matched = abs(row["mean_ssim"] - comparison.mean_ssim) <= comparison.tolerance
    tally.equal(image, "matched", matched, row["matched"])
    share = row["dithered"]
    possible = share == 0 or (matched is not None and 0 < share < 1)
    tally.holds(image, "dithered", possible, "0 or, in matched quality, a share below 1", share)
    if comparison.mode == "fixed_budget":
        tally.close(image, "budget", settings.budget, row["budget"], TOLERANCE)
        floor = settings.mean_ssim_floor
        met = floor is None or row["mean_ssim"] >= floor
        tally.holds(image, "mean_ssim", met, f"at least {floor}", row["mean_ssim"])


def _check_trials(row: Row, tally: Tally) -> None:
    """Check the columns that follow from the trials of the search for the smallest budget."""
    if row["trial_budgets"] is None:
        expected: dict[str, Any] = dict.fromkeys(("smallest_budget", "budget_below"))
    else:
        pairs = zip(row["trial_budgets"], row["trial_successes"], strict=True)
        trials = [Trial(budget, success, None) for budget, success in pairs]
        expected = asdict(smallest_budget.summarise(trials))
        best = smallest_budget.best(trials)
        expected |= {"budget": best.budget, "success": best.success}
    for key, value in expected.items():
        tally.equal(row["image_id"], key, value, row[key])


CHECKS = (
    Check(
        "rows",
        "each image has its row, and its columns agree with each other",
        _tables_of_images,
        _rows,
    ),
)
