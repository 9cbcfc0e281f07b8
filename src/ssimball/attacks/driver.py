"""Runs one attack over many images and judges what is stored, one row per image."""

import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ssimball.attacks.interface import Attack, AttackResult, finite_logits, margin, succeeded
from ssimball.attacks.targets import target_class
from ssimball.config.attacks import AttackConfig
from ssimball.errors import AttackError, ConfigError
from ssimball.images import decode_png, encode_png
from ssimball.models import Classifier
from ssimball.preprocessing import to_tensor
from ssimball.quality import distances
from ssimball.randomness import generator
from ssimball.ssim import ssim_map
from ssimball.status import ATTACKED, failed, skipped, unchanged
from ssimball.storing import shrink_to_8_bit

Row = dict[str, Any]


@dataclass(frozen=True)
class Subject:
    """A correctly classified image to attack: ``rgb`` uint8 (H, W, 3)."""

    image_id: str
    label: int
    rgb: NDArray[np.uint8]


@dataclass(frozen=True)
class Task:
    """An attack with everything it needs; ``name`` and ``seed`` decide its random numbers."""

    name: str
    attack: Attack
    settings: AttackConfig
    classifier: Classifier
    seed: int
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
        except (ConfigError, MemoryError, torch.OutOfMemoryError):
            raise
        except Exception as error:
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


def _attack_batch(task: Task, batch: Sequence[Subject]) -> list[Row]:
    if not batch:
        return []
    begin = time.perf_counter()
    clean = torch.stack([to_tensor(subject.rgb) for subject in batch]).to(task.device)
    labels = torch.tensor([subject.label for subject in batch], device=task.device)
    goals = _goals(task, batch, clean)
    result = task.attack(
        task.classifier,
        clean,
        labels,
        rng=[generator(task.seed, subject.image_id, task.name) for subject in batch],
        settings=task.settings,
        targets=None if None in goals else torch.tensor(goals, device=task.device),
    )
    if not bool(result.adversarial.isfinite().all()):
        raise AttackError("the attack returned values that are not finite")
    rows = [
        _stored_row(task, subject, goal, clean[i], result, i)
        for i, (subject, goal) in enumerate(zip(batch, goals, strict=True))
    ]
    seconds = (time.perf_counter() - begin) / len(batch)
    return [{**row, "seconds": seconds} for row in rows]


def _goals(task: Task, batch: Sequence[Subject], clean: torch.Tensor) -> list[int | None]:
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


def _stored_row(
    task: Task,
    subject: Subject,
    target: int | None,
    clean: torch.Tensor,
    result: AttackResult,
    index: int,
) -> Row:
    found = result.adversarial[index]
    floor = result.floors[index] if result.floors else task.settings.mean_ssim_floor
    image, scale = shrink_to_8_bit(clean, found, floor)
    png = encode_png(image)
    # An attack that stands still, as at a gradient of zero, has lost nothing to rounding.
    moved = not torch.equal(found, clean.to(found.dtype))
    lost = moved and np.array_equal(image, subject.rgb)
    return {
        "image_id": subject.image_id,
        "label": subject.label,
        "target": target,
        "status": unchanged(floor) if lost else ATTACKED,
        "scale": scale,
        "adversarial_png": png,
        **judge(task.classifier, clean, png, subject.label, target),
        **_certificate_row(result, index),
        **(result.columns[index] if result.columns else {}),
    }


def judge(
    classifier: Classifier, clean: torch.Tensor, png: bytes, label: int, target: int | None
) -> Row:
    """Everything that is said about a stored image, from its stored bytes.

    Args:
        clean: float64 (3, H, W) in [0, 1].
        png: the stored adversarial image.
        label, target: its class, and the class to reach, None for any other.

    Raises:
        AttackError: the network's answer is not finite, so there is nothing to judge.
    """
    stored = to_tensor(decode_png(png)).to(clean.device)
    logits = finite_logits(classifier, stored[None])
    labels = torch.tensor([label], device=clean.device)
    similarity = ssim_map(clean[None], stored[None])
    predicted = int(logits.argmax(1))
    return {
        "predicted": predicted,
        "success": succeeded(predicted, label, target),
        "margin": float(margin(logits.double(), labels)),
        "mean_ssim": float(similarity.mean()),
        "min_ssim": float(similarity.min()),
        **distances(clean, stored),
    }


def _certificate_row(result: AttackResult, index: int) -> Row:
    certificate = result.certificate
    if certificate is None:
        return {}
    one = certificate.select(torch.tensor([index]))
    row = {
        "primal": float(one.primal),
        "dual": float(one.dual),
        "gap": float(one.gap),
        "multiplier": float(one.proof.multiplier),
        "iterations": int(one.iterations),
        "stopped": one.stopped[0],
        "gradient": one.gradient[0].cpu().numpy(),
        "perturbation": one.perturbation[0].cpu().numpy(),
    }
    if one.proof.tangent is not None:
        row["tangent"] = one.proof.tangent[0].cpu().numpy()
    if one.proof.windows is not None:
        row["window_multipliers"] = one.proof.windows[0].cpu().numpy()
    return row
