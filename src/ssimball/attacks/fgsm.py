"""Fast gradient sign method (Goodfellow, Shlens, Szegedy 2015), by Foolbox."""

import foolbox
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Generators
from ssimball.attacks.through_foolbox import run
from ssimball.config.attacks import FgsmConfig


def attack(
    model: nn.Module, images: Tensor, labels: Tensor, *, rng: Generators, settings: FgsmConfig
) -> AttackResult:
    """One step of the gradient's sign, clipped to [0, 1]. See :class:`Attack`."""
    method = foolbox.attacks.LinfFastGradientAttack(random_start=False)
    return run(method, model, images, labels, settings.epsilon)
