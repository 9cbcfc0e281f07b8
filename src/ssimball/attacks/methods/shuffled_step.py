"""One step along the own gradient with its pixels shuffled: the same values at other places.

    x' = clip(x + epsilon sign(Pg))  or  clip(x + epsilon Pg / ||Pg||_2)

g is the gradient of the margin loss, P a random permutation of the pixels that keeps the channels
together. The counterpart of FGSM (Goodfellow, Shlens, Szegedy 2015) and of one l2 step. Clipping
costs some of the budget, and nothing makes up for it.
"""

import torch
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Batch, loss_gradient
from ssimball.attacks.shuffling import shuffled
from ssimball.config.attacks.controls import ShuffledStepConfig


def attack(model: nn.Module, batch: Batch, settings: ShuffledStepConfig) -> AttackResult:
    """One step, clipped to [0, 1]. See :class:`Attack`."""
    gradient = loss_gradient(model, batch.images, batch.labels, "margin", batch.targets)
    direction = _unit(shuffled(gradient, batch.rng), settings.norm)
    return AttackResult((batch.images + settings.epsilon * direction).clamp(0, 1))


def _unit(gradient: Tensor, norm: str) -> Tensor:
    """The step of norm 1; 0 where the gradient is."""
    if norm == "linf":
        return gradient.sign()
    length = torch.linalg.vector_norm(gradient, dim=(1, 2, 3), keepdim=True)
    return torch.where(length > 0, gradient / length.where(length > 0, 1.0), 0.0)
