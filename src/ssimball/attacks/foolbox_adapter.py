"""The bridge to Foolbox (Rauber et al. 2020)."""

from collections.abc import Iterator
from contextlib import contextmanager

import foolbox
import torch
from foolbox.attacks.base import MinimizationAttack
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Batch, concatenated, fooled
from ssimball.models.logits import finite_logits


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


def run_minimal(method: MinimizationAttack, model: nn.Module, batch: Batch) -> AttackResult:
    """Run a Foolbox attack that searches a smallest perturbation.

    Image by image: some of these attacks stop when the loss of the whole batch makes no progress.
    An image that fools from the start is its own answer.
    """
    return concatenated([_minimal(method, model, batch.one(i)) for i in range(len(batch.images))])


def _minimal(method: MinimizationAttack, model: nn.Module, one: Batch) -> AttackResult:
    if _fools(model, one, one.images):
        return AttackResult(one.images, failures=[None])
    wrapped = foolbox.PyTorchModel(model, bounds=(0, 1), device=one.images.device)
    with _own_random_numbers(one):
        found = method.run(wrapped, one.images.float(), criterion(one))
    found = found.clamp(0, 1).to(one.images.dtype)
    # Where C&W and EAD find nothing they return a black image, which may well fool.
    if bool((found == 0).all()) or not _fools(model, one, found):
        return AttackResult(one.images, failures=["no perturbation that was tried fools"])
    return AttackResult(found, failures=[None])


def _fools(model: nn.Module, one: Batch, image: Tensor) -> bool:
    return bool(fooled(finite_logits(model, image), one))


@contextmanager
def _own_random_numbers(one: Batch) -> Iterator[None]:
    """Torch's global generators from the image's own, and afterwards as they were.

    DDN draws a direction from them where the gradient is zero.
    """
    device = one.images.device
    with torch.random.fork_rng([device] if device.type == "cuda" else []):
        torch.manual_seed(int(one.rng[0].integers(2**63)))
        yield


def criterion(batch: Batch) -> foolbox.criteria.Criterion:
    """What Foolbox is to reach."""
    if batch.targets is None:
        return foolbox.criteria.Misclassification(batch.labels)
    return foolbox.criteria.TargetedMisclassification(batch.targets)
