"""Carlini and Wagner's l2 attack (IEEE Symposium on Security and Privacy 2017), by Foolbox.

    minimise over w:  ||d||_2^2 + c f(x + d),   x + d = (tanh(w) + 1) / 2
    f(x') = max(Z(x')_t' - Z(x')_t + kappa, 0)

Z are the logits. With a target, t is the target and t' the largest other class; without, t' is
the label and t the largest other class. Adam takes ``steps`` steps for each c. The constant c is
multiplied by 10 until f reaches 0, then bisected. The result is the iterate of smallest l2 norm
among all that fool the network.

The paper has 20 values of c with 10,000 steps each; the authors' code has 9 values of c, from
0.001, with 1,000 to 10,000 steps. The default of 50 steps is what a CPU can afford. Adam is not
stopped early.
"""

import foolbox
from torch import nn

from ssimball.attacks.foolbox_adapter import run_minimal
from ssimball.attacks.interface import AttackResult, Batch
from ssimball.config.attacks.minimal import CarliniWagnerConfig


def attack(model: nn.Module, batch: Batch, settings: CarliniWagnerConfig) -> AttackResult:
    """Minimise the squared l2 norm plus a penalty on the logits by Adam; see :class:`Attack`."""
    method = foolbox.attacks.L2CarliniWagnerAttack(
        binary_search_steps=settings.binary_search_steps,
        steps=settings.steps,
        stepsize=settings.step_size,
        confidence=settings.confidence,
        initial_const=settings.initial_const,
        abort_early=False,
    )
    return run_minimal(method, model, batch)
