"""The bridge to Foolbox (Rauber et al. 2020)."""

import foolbox
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult


def run(
    method: foolbox.attacks.Attack,
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    targets: Tensor | None,
    epsilon: float,
) -> AttackResult:
    """Run a Foolbox attack with a fixed budget on images float (B, C, H, W) in [0, 1].

    The attack follows the cross-entropy of the labels upwards or, where there are targets, that of
    the targets downwards.
    """
    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device=images.device)
    if targets is None:
        criterion = foolbox.criteria.Misclassification(labels)
    else:
        criterion = foolbox.criteria.TargetedMisclassification(targets)
    _, clipped, _ = method(wrapped, images.float(), criterion, epsilons=epsilon)
    return AttackResult(clipped)
