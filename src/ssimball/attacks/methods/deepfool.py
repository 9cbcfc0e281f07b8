"""DeepFool (Moosavi-Dezfooli, Fawzi, Frossard, CVPR 2016), in l2, by Foolbox.

From x_0 = x, with k0 the class of x, each step goes to the nearest linearised class boundary:

    w_k = grad f_k(x_i) - grad f_k0(x_i),   f'_k = f_k(x_i) - f_k0(x_i)
    l = argmin over k != k0 of |f'_k| / ||w_k||_2,   r_i = |f'_l| / ||w_l||_2^2 w_l

The steps end when the class changes; their sum is multiplied by 1 + overshoot. Foolbox multiplies
within the loop, as the authors' code does. It clips to [0, 1] after each step, adds 1e-4 to the
distance |f'_l| / ||w_l||, and considers only the ``candidates`` most likely classes of the clean
image. The attack is untargeted, as in the paper.
"""

import foolbox
from torch import nn

from ssimball.attacks.foolbox_adapter import run_minimal
from ssimball.attacks.interface import AttackResult, Batch
from ssimball.config.attacks.minimal import DeepFoolConfig
from ssimball.errors import AttackError


def attack(model: nn.Module, batch: Batch, settings: DeepFoolConfig) -> AttackResult:
    """Take small steps across the nearest class boundary; see :class:`Attack`."""
    if batch.targets is not None:
        raise AttackError("DeepFool moves to the nearest other class and takes no target")
    method = foolbox.attacks.L2DeepFoolAttack(
        steps=settings.steps, candidates=settings.candidates, overshoot=settings.overshoot
    )
    return run_minimal(method, model, batch)
