"""The network's verdict on a changed image."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from ssimball.models.logits import margin
from ssimball.storage.status import Status

#: Status of an image whose logits are not finite.
NOT_FINITE = str(Status.failed("the logits are not finite"))


class Verdict(NamedTuple):
    """What the network says of an image: the margin of the label, and whether it was fooled."""

    margin: float
    fooled: bool


@torch.no_grad()
def verdict(model: nn.Module, image: Tensor, label: int, device: str) -> Verdict | None:
    """Classify one image, a batch of its own, so that no result depends on other images.

    Args:
        model: maps images, float (B, C, H, W) in [0, 1], to logits (B, classes).
        image: float64 (C, H, W) in [0, 1].
        label: the true class.
        device: device to compute on.

    Returns:
        None if the logits are not finite.
    """
    logits = model(image[None].to(device)).double().cpu()
    if not bool(logits.isfinite().all()):
        return None
    left = float(margin(logits, torch.tensor([label])))
    return Verdict(left, int(logits.argmax()) != label)
