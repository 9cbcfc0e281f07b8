"""Read a network's logits: margin, success of an attack, and whether they are finite."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ssimball.errors import AttackError


def logits_of(output: Any) -> Any:
    """Return the ``logits`` of what a network returns, or else all of it.

    Classifiers of Hugging Face return an object with logits among other things.

    Examples:
        >>> logits = torch.tensor([[1.0, 2.0]])
        >>> logits_of({"loss": None, "logits": logits}) is logits_of(logits) is logits
        True
    """
    if isinstance(output, Mapping):
        return output.get("logits", output)
    return getattr(output, "logits", output)


def margin(logits: Tensor, labels: Tensor) -> Tensor:
    """Return the logit of the label minus the largest other logit; negative when misclassified.

    Args:
        logits: float (B, classes).
        labels: int64 (B,).

    Returns:
        (B,), in the unit of the logits.

    Examples:
        >>> margin(torch.tensor([[1.0, 4.0, 2.0]]), torch.tensor([1])).item()
        2.0
    """
    of_label = logits.gather(1, labels[:, None])[:, 0]
    others = logits.scatter(1, labels[:, None], float("-inf"))
    return of_label - others.amax(1)


def succeeded(predicted: int, label: int, target: int | None) -> bool:
    """Return whether the network is fooled: it predicts the target, or if None, not the label."""
    return predicted != label if target is None else predicted == target


@torch.no_grad()
def finite_logits(model: nn.Module, images: Tensor) -> Tensor:
    """Return the logits (B, classes) of images, float (B, C, H, W) in [0, 1].

    Raises:
        AttackError: a logit is NaN or infinite, so no success can be judged.
    """
    logits: Tensor = model(images)
    if not bool(logits.isfinite().all()):
        raise AttackError("the logits are not finite")
    return logits
