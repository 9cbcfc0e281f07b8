"""Runs one attack over many images and judges what is stored, one row per image."""

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ssimball.attacks.comparison import OneImage, Stored, store
from ssimball.attacks.interface import Attack, AttackResult, Batch
from ssimball.attacks.judging import certificate_row, judge
from ssimball.attacks.targets import target_class
from ssimball.config.attacks.base import AttackSettings
from ssimball.config.comparison import ComparisonConfig
from ssimball.errors import AttackError, ConfigError
from ssimball.models.classifier import Classifier
from ssimball.models.logits import finite_logits, succeeded
from ssimball.models.pass_counter import PassCounter
from ssimball.runtime.faults import lacks_memory
from ssimball.runtime.randomness import generator
from ssimball.storage.images import encode_png, to_tensor
from ssimball.storage.status import ATTACKED, failed, not_found, skipped, unchanged

Row = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """A correctly classified image to attack: ``rgb`` uint8 (H, W, 3).

    ``margin``: of the label in the network's answer, where it is known. ``other``: another image,
    for attacks that need one; None where there is none.
    """

    image_id: str
    label: int
    rgb: NDArray[np.uint8]
    margin: float | None = None
    other: "Subject | None" = None


@dataclass(frozen=True)
class Task:
    """An attack with everything it needs; ``name`` and ``seed`` decide its random numbers."""

    name: str
    attack: Attack
    settings: AttackSettings
    classifier: Classifier
    seed: int
    terms: ComparisonConfig
    device: str = "cpu"


def run(task: Task, subjects: Sequence[Subject], batch_size: int) -> Iterator[Row]:
    """Attack images in batches; yields rows of the ``attacks`` contract in the given order.

    On a CPU images go one by one: that is no slower, and no result can depend on the batch.
    A batch that fails is tried again image by image; an image that fails becomes a row.
    """
    size = 1 if task.device == "cpu" else batch_size
    for start in range(0, len(subjects), size):
        batch = subjects[start : start + size]
        try:
            yield from _rows(task, batch)
        except ConfigError:
            raise
        except Exception as error:
            if lacks_memory(error):  # says nothing of the image
                raise
            if len(batch) > 1:
                for subject in batch:
                    yield from run(task, [subject], 1)
            else:
                yield _failed(batch[0], error)


def _rows(task: Task, batch: Sequence[Subject]) -> list[Row]:
    target, aside = task.settings.target, skipped("its class is the target")
    attacked = iter(_attack_batch(task, [one for one in batch if one.label != target]))
    return [next(attacked) if one.label != target else _without_image(one, aside) for one in batch]


def _without_image(subject: Subject, status: str) -> Row:
    return {"image_id": subject.image_id, "label": subject.label, "status": status}


def _failed(subject: Subject, error: Exception) -> Row:
    if isinstance(error, AttackError):
        reason = str(error)
    else:
        traceback.print_exc()  # to the job's log: this one nobody foresaw
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    return _without_image(subject, failed(reason))


def _attack_batch(task: Task, subjects: Sequence[Subject]) -> list[Row]:
    if not subjects:
        return []
    begin = time.perf_counter()
    clean = _images(task, subjects)
    goals = _goals(task, subjects, clean)

    # With new generators each time: an attack that is run again draws the same numbers.
    batch = partial(_batch, task, subjects, clean, goals)

    with PassCounter(task.classifier) as passes:
        result = _checked(task.attack(task.classifier, batch(), task.settings))
    spent = _Spent(time.perf_counter() - begin, passes.forward, passes.backward).over(len(subjects))
    return [
        _row(task, subjects[i], goals[i], partial(_alone, batch, i), result.one(i), spent)
        for i in range(len(subjects))
    ]


def _images(task: Task, subjects: Sequence[Subject]) -> Tensor:
    return torch.stack([to_tensor(one.rgb) for one in subjects]).to(task.device)


def _batch(
    task: Task, subjects: Sequence[Subject], clean: Tensor, goals: Sequence[int | None]
) -> Batch:
    def labels(of: Sequence[Subject]) -> Tensor:
        return torch.tensor([subject.label for subject in of], device=task.device)

    rng = [generator(task.seed, subject.image_id, task.name) for subject in subjects]
    targets = None if None in goals else torch.tensor(goals, device=task.device)
    if not task.settings.needs_others:
        return Batch(clean, labels(subjects), rng, targets)
    others = [subject.other for subject in subjects if subject.other is not None]
    if len(others) < len(subjects):
        raise AttackError("there is no other image beside it")
    return Batch(
        clean, labels(subjects), rng, targets, Batch(_images(task, others), labels(others), rng)
    )


def _alone(batch: Callable[[], Batch], number: int) -> Batch:
    return batch().one(number)


def _checked(result: AttackResult) -> AttackResult:
    if not bool(result.adversarial.isfinite().all()):
        raise AttackError("the attack returned values that are not finite")
    return result


def _goals(task: Task, batch: Sequence[Subject], clean: Tensor) -> list[int | None]:
    """The class to reach for each image; None for all in an untargeted attack."""
    target = task.settings.target
    if target is None:
        return [None] * len(batch)
    logits = finite_logits(task.classifier, clean).tolist()
    return [
        # Not the attack's name: all attacks on an image shall share its random target.
        target_class(target, one.label, own, generator(task.seed, one.image_id, "target"))
        for one, own in zip(batch, logits, strict=True)
    ]


@dataclass(frozen=True)
class _Spent:
    """What work took."""

    seconds: float
    forward: float
    backward: float

    def over(self, images: int) -> "_Spent":
        return _Spent(self.seconds / images, self.forward / images, self.backward / images)


def _row(
    task: Task,
    subject: Subject,
    target: int | None,
    batch: Callable[[], Batch],
    result: AttackResult,
    spent: _Spent,
) -> Row:
    """The row of one image: ``batch`` makes the batch of it alone, ``result`` is its first run."""
    clean = batch().images[0]

    def rerun(settings: AttackSettings) -> AttackResult:
        return _checked(task.attack(task.classifier, batch(), settings))

    def fools(image: NDArray[np.uint8]) -> bool:
        stored = to_tensor(image).to(clean.device)
        predicted = int(finite_logits(task.classifier, stored[None]).argmax(1))
        return succeeded(predicted, subject.label, target)

    begin = time.perf_counter()
    with PassCounter(task.classifier) as passes:
        stored = store(task.terms, OneImage(clean, task.settings, result, rerun, fools))
    seconds = time.perf_counter() - begin
    png = encode_png(stored.image)
    return {
        "image_id": subject.image_id,
        "label": subject.label,
        "target": target,
        "clean_margin": subject.margin,
        "status": _status(subject, clean, stored),
        "scale": stored.scale,
        "adversarial_png": png,
        "forward_passes": spent.forward + passes.forward,
        "backward_passes": spent.backward + passes.backward,
        "seconds": spent.seconds + seconds,
        **judge(task.classifier, clean, png, subject.label, target),
        **certificate_row(stored.result.certificate),
        **(stored.result.columns[0] if stored.result.columns else {}),
        **stored.columns,
    }


def _status(subject: Subject, clean: Tensor, stored: Stored) -> str:
    failure = next(iter(stored.result.failures), None)
    if failure is not None:
        return not_found(failure)
    # An attack that stands still, as at a gradient of zero, has lost nothing to rounding.
    found = stored.result.adversarial[0]
    moved = not torch.equal(found, clean.to(found.dtype))
    lost = moved and np.array_equal(stored.image, subject.rgb)
    return unchanged(stored.kept) if lost else ATTACKED
