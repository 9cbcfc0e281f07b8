"""Runs one attack over many images and judges what is stored, one row per image."""

import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ssimball.attacks.interface import Attack, AttackResult, margin
from ssimball.config.attacks import AttackConfig
from ssimball.errors import AttackError, ConfigError
from ssimball.images import decode_png, encode_png
from ssimball.models import Classifier
from ssimball.preprocessing import to_tensor
from ssimball.randomness import generator
from ssimball.ssim import ssim_map
from ssimball.storing import distances, shrink_to_8_bit

Row = dict[str, Any]


@dataclass(frozen=True)
class Target:
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


def run(task: Task, targets: Sequence[Target], batch_size: int) -> Iterator[Row]:
    """Attack images in batches; yields rows of the ``attacks`` contract in the given order.

    On a CPU images go one by one: that is no slower, and no result can depend on the batch.
    A batch that fails is tried again image by image; an image that fails becomes a row.
    """
    size = 1 if task.device == "cpu" else batch_size
    for start in range(0, len(targets), size):
        batch = targets[start : start + size]
        try:
            yield from _attack_batch(task, batch)
        except (ConfigError, MemoryError, torch.OutOfMemoryError):
            raise
        except Exception as error:
            if len(batch) > 1:
                for target in batch:
                    yield from run(task, [target], 1)
            else:
                yield _failed(batch[0], error)


def _failed(target: Target, error: Exception) -> Row:
    if isinstance(error, AttackError):
        reason = str(error)
    else:
        traceback.print_exc()  # to the job's log: this one nobody foresaw
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:300]
    return {"image_id": target.image_id, "label": target.label, "status": f"failed: {reason}"}


def _attack_batch(task: Task, batch: Sequence[Target]) -> list[Row]:
    begin = time.perf_counter()
    clean = torch.stack([to_tensor(target.rgb) for target in batch]).to(task.device)
    labels = torch.tensor([target.label for target in batch], device=task.device)
    rng = [generator(task.seed, target.image_id, task.name) for target in batch]
    result = task.attack(task.classifier, clean, labels, rng=rng, settings=task.settings)
    if not bool(result.adversarial.isfinite().all()):
        raise AttackError("the attack returned values that are not finite")
    rows = [_stored_row(task, target, clean[i], result, i) for i, target in enumerate(batch)]
    seconds = (time.perf_counter() - begin) / len(batch)
    return [{**row, "seconds": seconds} for row in rows]


def _stored_row(
    task: Task, target: Target, clean: torch.Tensor, result: AttackResult, index: int
) -> Row:
    floor = task.settings.mean_ssim_floor
    image, scale = shrink_to_8_bit(clean, result.adversarial[index], floor)
    png = encode_png(image)
    return {
        "image_id": target.image_id,
        "label": target.label,
        "status": "attacked",
        "scale": scale,
        "adversarial_png": png,
        **judge(task.classifier, clean, png, target.label),
        **_certificate_row(result, index),
        **(result.columns[index] if result.columns else {}),
    }


@torch.no_grad()
def judge(classifier: Classifier, clean: torch.Tensor, png: bytes, label: int) -> Row:
    """Everything that is said about a stored image, from its stored bytes.

    Args:
        clean: float64 (3, H, W) in [0, 1].
        png: the stored adversarial image.

    Raises:
        AttackError: the network's answer is not finite, so there is nothing to judge.
    """
    stored = to_tensor(decode_png(png)).to(clean.device)
    logits = classifier(stored[None])
    if not bool(logits.isfinite().all()):
        raise AttackError("the logits of the stored image are not finite")
    labels = torch.tensor([label], device=clean.device)
    similarity = ssim_map(clean[None], stored[None])
    predicted = int(logits.argmax(1))
    return {
        "predicted": predicted,
        "success": predicted != label,
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
