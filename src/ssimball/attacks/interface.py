"""What every attack takes and gives back, and what several of them share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ssimball.ball.certificate import Certificate, join
from ssimball.errors import AttackError
from ssimball.models.logits import margin

Generators = Sequence[np.random.Generator]


@dataclass(frozen=True)
class Batch:
    """Images to attack, and what an attack must know of each.

    Attributes:
        images: float (B, C, H, W) in [0, 1].
        labels: their classes, int64 (B,).
        rng: one generator per image, so that no image depends on the batch around it.
        targets: classes to move towards, int64 (B,), none of them its image's label; None to move
            away from the labels.
        others: another image beside each, with its label, for methods whose settings ask for it.
    """

    images: Tensor
    labels: Tensor
    rng: Generators
    targets: Tensor | None = None
    others: "Batch | None" = None

    def one(self, number: int) -> "Batch":
        """The batch that holds one of the images alone."""
        kept = slice(number, number + 1)
        return Batch(
            self.images[kept],
            self.labels[kept],
            self.rng[kept],
            None if self.targets is None else self.targets[kept],
            None if self.others is None else self.others.one(number),
        )


@dataclass(frozen=True)
class AttackResult:
    """What an attack found for a batch.

    Attributes:
        adversarial: float (B, C, H, W) in [0, 1], not yet rounded to 8 bits.
        certificate: of the last linear problem, for attacks that solve one.
        columns: for each image, what else its stored row says, by the names of the ``attacks``
            contract.
        failures: for each image, None, or why there is no answer; ``adversarial`` then holds the
            clean image.
        again: the attack on one image of the batch, by its number, with another budget: for methods
            that need not begin anew.
    """

    adversarial: Tensor
    certificate: Certificate | None = None
    columns: Sequence[Mapping[str, Any]] = ()
    failures: Sequence[str | None] = ()
    again: Callable[[int, Any], "AttackResult"] | None = None

    def one(self, number: int) -> "AttackResult":
        """The result of one image alone."""
        kept, again = slice(number, number + 1), self.again
        return AttackResult(
            self.adversarial[kept],
            self.certificate and self.certificate.select(torch.tensor([number])),
            self.columns[kept],
            self.failures[kept],
            again and (lambda _, settings: again(number, settings)),
        )


def concatenated(results: Sequence[AttackResult]) -> AttackResult:
    """Results of one attack on several batches as those of one batch."""
    certificates = [one.certificate for one in results if one.certificate is not None]
    return AttackResult(
        torch.cat([one.adversarial for one in results]),
        join(certificates) if certificates else None,
        [columns for one in results for columns in one.columns],
        [failure for one in results for failure in one.failures],
    )


class Attack(Protocol):
    """A pure function. Without targets the class must become other than the label."""

    def __call__(self, model: nn.Module, batch: Batch, settings: Any) -> AttackResult:
        """Perturb a batch.

        Args:
            model: images float (B, C, H, W) in [0, 1] to logits (B, classes).
            batch: what to attack.
            settings: of this attack's method.

        Raises:
            AttackError: the method has no answer for this batch.
        """
        ...


def fooled(logits: Tensor, batch: Batch) -> Tensor:
    """The same for each image of a batch by its logits (B, classes): bool (B,)."""
    predicted = logits.argmax(1)
    return predicted != batch.labels if batch.targets is None else predicted == batch.targets


def losses(logits: Tensor, labels: Tensor, loss: str, targets: Tensor | None = None) -> Tensor:
    """What an attack increases, (B,): away from the labels or, where given, towards the targets.

    ``margin``: minus that of the label, or that of the target. ``cross_entropy``: that of the
    label, or minus that of the target.
    """
    classes, sign = (labels, 1) if targets is None else (targets, -1)
    if loss == "margin":
        return -sign * margin(logits, classes)
    return sign * nn.functional.cross_entropy(logits, classes, reduction="none")


def loss_gradient(
    model: nn.Module, images: Tensor, labels: Tensor, loss: str, targets: Tensor | None = None
) -> Tensor:
    """Gradient of :func:`losses` with respect to the images.

    Raises:
        AttackError: the gradient is not finite.
    """
    x = images.detach().clone().requires_grad_(True)
    (gradient,) = torch.autograd.grad(losses(model(x), labels, loss, targets).sum(), x)
    return finite_gradient(gradient)


def finite_gradient(gradient: Tensor) -> Tensor:
    """The gradient itself.

    Raises:
        AttackError: it is not finite.
    """
    # The largest is not finite if one is not; ten times as fast as asking each of them.
    if not bool(gradient.abs().amax().isfinite()):
        raise AttackError("the gradient of the loss is not finite")
    return gradient
