"""Decoupled direction and norm, DDN (Rony et al., CVPR 2019), by Foolbox.

    g = alpha_k grad J(x_k, y) / ||grad J(x_k, y)||_2,   delta_{k+1} = delta_k + g
    eps_{k+1} = (1 - gamma) eps_k where x_k fools, else (1 + gamma) eps_k
    x_{k+1} = clip(x + eps_{k+1} delta_{k+1} / ||delta_{k+1}||_2)

J is the cross-entropy; with a target, minus the cross-entropy of the target. The step alpha falls
from 1 to 0.01 by cosine annealing. The result is the x_k of smallest l2 norm that fools the
network. The paper has 100, 300 or 1000 steps, gamma 0.05, and a first norm of 1. Its code rounds
each iterate to 8 bits; Foolbox does not. Where the gradient is zero, Foolbox takes a random
direction.
"""

import foolbox
from torch import nn

from ssimball.attacks.foolbox_adapter import run_minimal
from ssimball.attacks.interface import AttackResult, Batch
from ssimball.config.attacks.minimal import DdnConfig


def attack(model: nn.Module, batch: Batch, settings: DdnConfig) -> AttackResult:
    """Follow the gradient on a sphere that shrinks while it fools; see :class:`Attack`."""
    method = foolbox.attacks.DDNAttack(
        init_epsilon=settings.initial_norm, steps=settings.steps, gamma=settings.gamma
    )
    return run_minimal(method, model, batch)
