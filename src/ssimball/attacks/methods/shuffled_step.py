"""One step along the image's own gradient with its pixels shuffled: the values without positions.

    x' = clip(x + epsilon sign(Pg))  or  clip(x + epsilon Pg / ||Pg||_2)

g is the gradient of the margin loss. P is a random permutation of the pixels that keeps the
channels of a pixel together. The method is the control for FGSM (Goodfellow, Shlens, Szegedy 2015)
and for one l2 step. Clipping costs some of the budget; nothing compensates for that.
"""

import torch
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Batch, loss_gradient
from ssimball.attacks.shuffling import shuffled
from ssimball.config.attacks.controls import ShuffledStepConfig


def attack(model: nn.Module, batch: Batch, settings: ShuffledStepConfig) -> AttackResult:
    """Take one step along the shuffled gradient and clip to [0, 1]; see :class:`Attack`."""
    gradient = loss_gradient(model, batch.images, batch.labels, "margin", batch.targets)
    direction = _unit_step(shuffled(gradient, batch.rng), settings.norm)
    return AttackResult((batch.images + settings.epsilon * direction).clamp(0, 1))


def _unit_step(gradient: Tensor, norm: str) -> Tensor:
    """Return the step of norm 1 along the gradient; 0 if the gradient is 0."""
    if norm == "linf":
        return gradient.sign()
    length = torch.linalg.vector_norm(gradient, dim=(1, 2, 3), keepdim=True)
    return torch.where(length > 0, gradient / length.where(length > 0, 1.0), 0.0)
