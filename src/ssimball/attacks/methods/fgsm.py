"""Fast gradient sign method (Goodfellow, Shlens, Szegedy 2015), by Foolbox."""

import foolbox
from torch import nn

from ssimball.attacks.foolbox_adapter import run
from ssimball.attacks.interface import AttackResult, Batch
from ssimball.config.attacks.gradient import FgsmConfig


def attack(model: nn.Module, batch: Batch, settings: FgsmConfig) -> AttackResult:
    """One step of the gradient's sign, clipped to [0, 1]. See :class:`Attack`."""
    # Foolbox's own fast gradient method is this one step too, but refuses targets.
    method = foolbox.attacks.LinfBasicIterativeAttack(rel_stepsize=1.0, steps=1)
    return run(method, model, batch, settings.epsilon)
