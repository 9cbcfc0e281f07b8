"""Run one attack over many images, and judge what is stored for each of them."""

import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from torch import Tensor

from ssimball.attacks.bracketing import bracket_of
from ssimball.attacks.comparison import ImageAttack, StoredImage, store
from ssimball.attacks.interface import AttackResult, Batch
from ssimball.attacks.judging import Judge
from ssimball.attacks.linear_radius import linear_radius_of
from ssimball.attacks.outcome import AttackedImage, NoImage, Row, Usage, row_of
from ssimball.attacks.targets import target_of_image
from ssimball.attacks.task import Subject, Task
from ssimball.config.attacks.base import AttackSettings
from ssimball.errors import AttackError, ConfigError, first_line
from ssimball.models.logits import finite_logits
from ssimball.models.pass_counter import PassCounter
from ssimball.runtime.faults import lacks_memory
from ssimball.runtime.randomness import generator
from ssimball.ssim.reference import Reference
from ssimball.storage.images import encode_png, to_tensor
from ssimball.storage.status import ATTACKED, Status

#: Characters of an unexpected error's message that a status holds at most.
MESSAGE_LENGTH = 300

Outcome = AttackedImage | NoImage


def run(task: Task, subjects: Sequence[Subject], batch_size: int) -> Iterator[Row]:
    """Attack images in batches and yield one row of the ``attacks`` contract for each, in order.

    On a CPU, images are attacked one by one: that is no slower, and no result can depend on the
    batch. If a batch fails, its images are attacked one by one. If an image fails, its row says so.

    Args:
        task: the attack.
        subjects: the images.
        batch_size: the number of images to attack together on a GPU.

    Raises:
        ConfigError: the settings do not fit the network.
    """
    size = 1 if task.device == "cpu" else batch_size
    for start in range(0, len(subjects), size):
        yield from map(row_of, _outcomes(task, subjects[start : start + size]))


def _outcomes(task: Task, subjects: Sequence[Subject]) -> list[Outcome]:
    """Return the outcome for each image of a batch, also for those that fail."""
    try:
        return _attack_or_skip(task, subjects)
    except ConfigError:
        raise
    except Exception as error:
        if lacks_memory(error):  # which says nothing about the images
            raise
        if len(subjects) > 1:
            return [outcome for subject in subjects for outcome in _outcomes(task, [subject])]
        return [NoImage(subjects[0], Status.failed(_reason(error)))]


def _reason(error: Exception) -> str:
    if isinstance(error, AttackError):
        return str(error)
    # An unexpected error: its traceback goes to the job's log.
    traceback.print_exc()
    return first_line(error)[:MESSAGE_LENGTH]


def _attack_or_skip(task: Task, subjects: Sequence[Subject]) -> list[Outcome]:
    target, skipped = task.settings.target, Status.skipped("its class is the target")
    attacked = iter(_attack(task, [each for each in subjects if each.label != target]))
    return [next(attacked) if each.label != target else NoImage(each, skipped) for each in subjects]


def _attack(task: Task, subjects: Sequence[Subject]) -> list[AttackedImage]:
    if not subjects:
        return []
    start = time.perf_counter()
    clean = _images(task, subjects)
    targets = _targets(task, subjects, clean)
    # Each call makes new generators, so that every run of the attack draws the same numbers.
    make_batch = partial(_batch, task, subjects, clean, targets)
    with PassCounter(task.classifier) as passes:
        result = _check_finite(task.attack(task.classifier, make_batch(), task.settings))
    usage = Usage(time.perf_counter() - start, passes.forward, passes.backward)
    shared = usage.per_image(len(subjects))
    return [
        _store_and_judge(
            task, subject, targets[i], partial(_select, make_batch, i), result.image(i), shared
        )
        for i, subject in enumerate(subjects)
    ]


def _images(task: Task, subjects: Sequence[Subject]) -> Tensor:
    return torch.stack([to_tensor(subject.rgb) for subject in subjects]).to(task.device)


def _batch(
    task: Task, subjects: Sequence[Subject], clean: Tensor, targets: Sequence[int | None]
) -> Batch:
    def labels(of: Sequence[Subject]) -> Tensor:
        return torch.tensor([subject.label for subject in of], device=task.device)

    rng = [generator(task.seed, subject.image_id, task.name) for subject in subjects]
    batch = Batch(
        clean,
        labels(subjects),
        rng,
        None if None in targets else torch.tensor(targets, device=task.device),
    )
    if not task.settings.needs_others:
        return batch
    others = [subject.other for subject in subjects if subject.other is not None]
    if len(others) < len(subjects):
        raise AttackError("there is no other image beside it")
    return replace(batch, others=Batch(_images(task, others), labels(others), rng))


def _select(make_batch: Callable[[], Batch], index: int) -> Batch:
    """Return a new batch of one image."""
    return make_batch().image(index)


def _check_finite(result: AttackResult) -> AttackResult:
    if not bool(result.adversarial.isfinite().all()):
        raise AttackError("the attack returned values that are not finite")
    return result


def _targets(task: Task, subjects: Sequence[Subject], clean: Tensor) -> list[int | None]:
    """Return the class to reach for each image; None for all in an untargeted attack."""
    target = task.settings.target
    if target is None:
        return [None] * len(subjects)
    logits = finite_logits(task.classifier, clean).tolist()
    return [
        target_of_image(target, subject.image_id, subject.label, values, task.seed)
        for subject, values in zip(subjects, logits, strict=True)
    ]


def _store_and_judge(
    task: Task,
    subject: Subject,
    target: int | None,
    make_batch: Callable[[], Batch],
    first_result: AttackResult,
    shared: Usage,
) -> AttackedImage:
    """Choose the image to store, and judge it.

    ``make_batch`` returns a new batch of this image, ``first_result`` is the result of the first
    run, and ``shared`` the image's share of its cost.
    """
    clean = Reference(to_tensor(subject.rgb))
    judge = Judge(task.classifier, clean, subject.label, target, task.device)

    def attack(settings: AttackSettings) -> AttackResult:
        return _check_finite(task.attack(task.classifier, make_batch(), settings))

    rng = generator(task.seed, subject.image_id, task.name, "dithering")
    start = time.perf_counter()
    with PassCounter(task.classifier) as passes:
        image_attack = ImageAttack(clean, task.settings, first_result, attack, judge.succeeds, rng)
        stored = store(task.comparison, image_attack)
    usage = Usage(time.perf_counter() - start, passes.forward, passes.backward)
    png = encode_png(stored.image)
    return AttackedImage(
        subject,
        target,
        _status(subject, clean, stored),
        stored,
        png,
        judge.judgement(stored.image, png, stored.ssim),
        shared + usage,
        # These are no part of the attack, so their time does not count as the attack's.
        bracket_of(clean.image, task.settings, stored),
        linear_radius_of(clean.image, task.settings, stored),
    )


def _status(subject: Subject, clean: Reference, stored: StoredImage) -> Status:
    failure = next(iter(stored.result.failures), None)
    if failure is not None:
        return Status.not_found(failure)
    # An attack that returns the clean image, as at a gradient of zero, loses nothing to rounding.
    adversarial = stored.result.adversarial[0].cpu()
    moved = not torch.equal(adversarial, clean.image.to(adversarial.dtype))
    lost = moved and np.array_equal(stored.image, subject.rgb)
    return Status.unchanged(stored.ssim_condition) if lost else ATTACKED
