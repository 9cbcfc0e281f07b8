"""Running attacks of Foolbox (Rauber et al. 2020) behind this package's interface."""

from collections.abc import Iterator
from contextlib import contextmanager

import foolbox
import torch
from foolbox.attacks.base import FixedEpsilonAttack, MinimizationAttack
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Batch, concatenated, fooled
from ssimball.models.logits import finite_logits


def run(method: FixedEpsilonAttack, model: nn.Module, batch: Batch, epsilon: float) -> AttackResult:
    """Run a Foolbox attack with a fixed budget.

    The attack increases the cross-entropy of the labels or, with targets, decreases the
    cross-entropy of the targets.

    Args:
        method: the attack of Foolbox.
        model: the network.
        batch: the images.
        epsilon: the budget, in the attack's own norm.
    """
    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device=batch.images.device)
    images = batch.images.float()
    # Calling the method would also send the result through the network, which judging does anyway.
    perturbed = method.run(wrapped, images, criterion(batch), epsilon=epsilon)
    return AttackResult(method.distance.clip_perturbation(images, perturbed, epsilon))


def run_minimal(method: MinimizationAttack, model: nn.Module, batch: Batch) -> AttackResult:
    """Run a Foolbox attack that seeks a smallest perturbation.

    Images are attacked one by one, because some of these attacks stop when the loss of the whole
    batch makes no progress. An image that fools the network from the start is returned unchanged.
    """
    images = range(len(batch.images))
    return concatenated([_minimal(method, model, batch.image(i)) for i in images])


def _minimal(method: MinimizationAttack, model: nn.Module, single: Batch) -> AttackResult:
    """Attack the only image of a batch."""
    if _fools(model, single, single.images):
        return AttackResult(single.images, failures=[None])
    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device=single.images.device)
    with _seeded_torch(single):
        adversarial = method.run(wrapped, single.images.float(), criterion(single))
    adversarial = adversarial.clamp(0, 1).to(single.images.dtype)
    # If C&W and EAD fail they return a black image, which may well fool the network.
    if bool((adversarial == 0).all()) or not _fools(model, single, adversarial):
        return AttackResult(single.images, failures=["no perturbation that was tried fools"])
    return AttackResult(adversarial, failures=[None])


def _fools(model: nn.Module, single: Batch, image: Tensor) -> bool:
    return bool(fooled(finite_logits(model, image), single))


@contextmanager
def _seeded_torch(single: Batch) -> Iterator[None]:
    """Seed torch's global generators from the image's own generator, and restore them afterwards.

    DDN draws a direction from the global generators where the gradient is zero.
    """
    device = single.images.device
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(int(single.rng[0].integers(2**63)))
        yield


def criterion(batch: Batch) -> foolbox.criteria.Criterion:
    """Return Foolbox's description of a successful attack."""
    if batch.targets is None:
        return foolbox.criteria.Misclassification(batch.labels)
    return foolbox.criteria.TargetedMisclassification(batch.targets)
