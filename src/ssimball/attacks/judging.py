"""What a stored row says of its image and of its certificate."""

from typing import Any

import torch
from torch import Tensor

from ssimball.ball.certificate import Certificate
from ssimball.models.classifier import Classifier
from ssimball.models.logits import finite_logits, margin, succeeded
from ssimball.ssim.quality import quality
from ssimball.storage.images import decode_png, to_tensor

Row = dict[str, Any]


def judge(classifier: Classifier, clean: Tensor, png: bytes, label: int, target: int | None) -> Row:
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
    predicted = int(logits.argmax(1))
    return {
        "predicted": predicted,
        "success": succeeded(predicted, label, target),
        "margin": float(margin(logits.double(), labels)),
        **quality(clean, stored),
    }


def certificate_row(one: Certificate | None) -> Row:
    """The certificate of one image, a batch of its own, by the names of the contract."""
    if one is None:
        return {}
    row = {
        "primal": float(one.primal),
        "dual": float(one.dual),
        "gap": float(one.gap),
        "multiplier": float(one.proof.multiplier),
        "iterations": int(one.iterations),
        "stopped": one.stopped[0].value,
        "gradient": one.gradient[0].cpu().numpy(),
        "perturbation": one.perturbation[0].cpu().numpy(),
    }
    if one.proof.tangent is not None:
        row["tangent"] = one.proof.tangent[0].cpu().numpy()
    if one.proof.windows is not None:
        row["window_multipliers"] = one.proof.windows[0].cpu().numpy()
    return row
