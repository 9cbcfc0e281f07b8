"""Judging a stored image: the network's prediction, and its similarity to the clean image."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ssimball.models.classifier import Classifier
from ssimball.models.logits import finite_logits, margin, succeeded
from ssimball.ssim.quality import quality
from ssimball.storage.images import decode_png, to_tensor


@dataclass(frozen=True)
class Judgement:
    """What the network and the similarity measures say about a stored image.

    Attributes:
        predicted: its class.
        success: whether that is the target or, without a target, other than the label.
        margin: the label's margin, in logits; negative if the image is misclassified.
        quality: similarity to the clean image, see :func:`ssimball.ssim.quality.quality`.
    """

    predicted: int
    success: bool
    margin: float
    quality: Mapping[str, Any]


def judge(
    classifier: Classifier, clean: Tensor, png: bytes, label: int, target: int | None
) -> Judgement:
    """Judge an adversarial image by its stored bytes.

    Args:
        classifier: the network.
        clean: the clean image, float64 (3, H, W) in [0, 1].
        png: the stored adversarial image.
        label: the class of the clean image.
        target: the class to reach; None for any class other than the label.

    Raises:
        AttackError: the logits are not finite, so there is nothing to judge.
    """
    stored = to_tensor(decode_png(png)).to(clean.device)
    logits = finite_logits(classifier, stored[None])
    labels = torch.tensor([label], device=clean.device)
    predicted = int(logits.argmax(1))
    return Judgement(
        predicted=predicted,
        success=succeeded(predicted, label, target),
        margin=float(margin(logits.double(), labels)),
        quality=quality(clean, stored),
    )
