"""Elastic-net attack EAD (Chen, Sharma, Zhang, Yi, Hsieh, AAAI 2018), by Foolbox.

    minimise  c f(x') + ||x' - x||_2^2 + beta ||x' - x||_1   over x' in [0, 1]
    x_{k+1} = S_beta(y_k - alpha_k grad g(y_k)),   y_{k+1} = x_{k+1} + k / (k + 3) (x_{k+1} - x_k)

f is Carlini and Wagner's loss of the logits, and g is c f plus the squared norm. S_beta sets
changes below beta to zero and shrinks the others by beta (without alpha_k, as in the paper). The
step alpha_k falls as a square root. The constant c is searched as by Carlini and Wagner. The result
is the smallest iterate, by the decision rule, among all that fool the network.

Because S_beta shrinks by beta rather than alpha_k beta, the iteration gives the l1 norm the weight
beta / alpha_k. Its result is sparser than the minimiser of the elastic net above.

The paper has 9 values of c, from 0.001, with 1,000 steps each, and beta = 0.001. The default of 50
steps is what a CPU can afford. The steps are not stopped early.
"""

import foolbox
from torch import nn

from ssimball.attacks.foolbox_adapter import run_minimal
from ssimball.attacks.interface import AttackResult, Batch
from ssimball.config.attacks.minimal import EadConfig


def attack(model: nn.Module, batch: Batch, settings: EadConfig) -> AttackResult:
    """Minimise the elastic net by shrinkage-thresholding steps; see :class:`Attack`."""
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
