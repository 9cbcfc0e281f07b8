"""The bridge to Foolbox (Rauber et al. 2020)."""

import foolbox
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult


def run(
    method: foolbox.attacks.Attack, model: nn.Module, images: Tensor, labels: Tensor, epsilon: float
) -> AttackResult:
    """Run a Foolbox attack with a fixed budget on images float (B, C, H, W) in [0, 1]."""
    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device=images.device)
    criterion = foolbox.criteria.Misclassification(labels)
    _, clipped, _ = method(wrapped, images.float(), criterion, epsilons=epsilon)
    return AttackResult(clipped)
