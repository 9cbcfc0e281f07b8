"""The bridge to Foolbox (Rauber et al. 2020)."""

import foolbox
from torch import nn

from ssimball.attacks.interface import AttackResult, Batch


def run(
    method: foolbox.attacks.Attack, model: nn.Module, batch: Batch, epsilon: float
) -> AttackResult:
    """Run a Foolbox attack with a fixed budget.

    The attack follows the cross-entropy of the labels upwards or, where there are targets, that of
    the targets downwards.
    """
    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device=batch.images.device)
    _, clipped, _ = method(wrapped, batch.images.float(), criterion(batch), epsilons=epsilon)
    return AttackResult(clipped)


def criterion(batch: Batch) -> foolbox.criteria.Criterion:
    """What Foolbox is to reach."""
    if batch.targets is None:
        return foolbox.criteria.Misclassification(batch.labels)
    return foolbox.criteria.TargetedMisclassification(batch.targets)
