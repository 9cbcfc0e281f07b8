"""What every attack takes and gives back, and what several of them share."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ssimball.certificate import Certificate
from ssimball.config.attacks import AttackConfig
from ssimball.errors import AttackError

Generators = Sequence[np.random.Generator]


@dataclass(frozen=True)
class AttackResult:
    """``adversarial`` float (B, C, H, W) in [0, 1], not yet rounded to 8 bits.

    ``certificate`` is that of the last linear problem, for attacks that solve one.
    """

    adversarial: Tensor
    certificate: Certificate | None = None


class Attack(Protocol):
    """A pure function. Untargeted: the class must become other than the label."""

    def __call__(
        self,
        model: nn.Module,
        images: Tensor,
        labels: Tensor,
        *,
        rng: Generators,
        settings: AttackConfig,
    ) -> AttackResult:
        """Perturb a batch.

        Args:
            model: images float (B, C, H, W) in [0, 1] to logits (B, classes).
            images, labels: the batch; labels int64 (B,).
            rng: one generator per image, so that no image depends on the batch around it.
            settings: of this attack's method.

        Raises:
            AttackError: the method has no answer for this batch.
        """
        ...


def margin(logits: Tensor, labels: Tensor) -> Tensor:
    """Logit of the label less the largest other logit, (B,); negative when misclassified."""
    own = logits.gather(1, labels[:, None])[:, 0]
    others = logits.scatter(1, labels[:, None], float("-inf"))
    return own - others.amax(1)


def loss_gradient(model: nn.Module, images: Tensor, labels: Tensor, loss: str) -> Tensor:
    """Gradient of the loss that an attack increases, with respect to the images.

    Args:
        loss: ``margin`` (the negative margin) or ``cross_entropy``.

    Raises:
        AttackError: the gradient is not finite.
    """
    x = images.detach().clone().requires_grad_(True)
    logits = model(x)
    if loss == "margin":
        value = -margin(logits, labels).sum()
    else:
        value = nn.functional.cross_entropy(logits, labels, reduction="sum")
    (gradient,) = torch.autograd.grad(value, x)
    if not bool(gradient.isfinite().all()):
        raise AttackError("the gradient of the loss is not finite")
    return gradient
