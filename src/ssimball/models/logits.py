"""What a network's logits say: margin, success, and that they are finite."""

import torch
from torch import Tensor, nn

from ssimball.errors import AttackError


def margin(logits: Tensor, labels: Tensor) -> Tensor:
    """Logit of the label less the largest other logit, (B,); negative when misclassified."""
    own = logits.gather(1, labels[:, None])[:, 0]
    others = logits.scatter(1, labels[:, None], float("-inf"))
    return own - others.amax(1)


def succeeded(predicted: int, label: int, target: int | None) -> bool:
    """Whether the network is fooled: it says the target or, without one, other than the label."""
    return predicted != label if target is None else predicted == target


@torch.no_grad()
def finite_logits(model: nn.Module, images: Tensor) -> Tensor:
    """Logits (B, classes) of images float (B, C, H, W) in [0, 1].

    Raises:
        AttackError: they are not finite, so there is nothing to judge by.
    """
    logits: Tensor = model(images)
    if not bool(logits.isfinite().all()):
        raise AttackError("the logits are not finite")
    return logits
