"""Elastic-net attack EAD (Chen, Sharma, Zhang, Yi, Hsieh, AAAI 2018), by Foolbox.

    minimise  c f(x') + ||x' - x||_2^2 + beta ||x' - x||_1   over x' in [0, 1]
    x_{k+1} = S_beta(y_k - alpha_k grad g(y_k)),   y_{k+1} = x_{k+1} + k / (k + 3) (x_{k+1} - x_k)

f is Carlini and Wagner's loss of the logits, g = c f + the squared norm; S_beta sets changes below
beta to zero and shrinks the others by beta (without alpha_k, as in the paper); alpha_k falls with
the square root. c is searched as by Carlini and Wagner; of all iterates that fool the smallest by
the decision rule is kept. The paper has 9 values of c, from 0.001, 1,000 steps each, and
beta = 0.001; the default of 50 steps is what a CPU can do. The steps are not stopped early.

Since S_beta shrinks by beta and not by alpha_k beta, the iteration weighs the l1 norm by
beta / alpha_k: its result is sparser than the minimiser of the elastic net that is written above.
"""

import foolbox
from torch import nn

from ssimball.attacks.foolbox_adapter import run_minimal
from ssimball.attacks.interface import AttackResult, Batch
from ssimball.config.attacks.minimal import EadConfig


def attack(model: nn.Module, batch: Batch, settings: EadConfig) -> AttackResult:
    """Shrinkage-thresholding steps on the elastic net. See :class:`Attack`."""
    method = foolbox.attacks.EADAttack(
        binary_search_steps=settings.binary_search_steps,
        steps=settings.steps,
        initial_stepsize=settings.step_size,
        confidence=settings.confidence,
        initial_const=settings.initial_const,
        regularization=settings.beta,
        decision_rule=settings.decision_rule,
        abort_early=False,
    )
    return run_minimal(method, model, batch)
