"""The interface of attacks: what every attack takes and returns, and the losses they follow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from ssimball.ball.certificate import Certificate, join
from ssimball.ball.quadratic import inner
from ssimball.errors import AttackError
from ssimball.models.logits import margin
from ssimball.runtime.faults import lacks_memory

Generators = Sequence[np.random.Generator]


@dataclass(frozen=True)
class Batch:
    """Images to attack, with what an attack needs to know about each.

    Attributes:
        images: float (B, C, H, W) in [0, 1].
        labels: their classes, int64 (B,).
        rng: one random generator per image, so that no result depends on the rest of the batch.
        targets: classes to move towards, int64 (B,), none of them its image's label; None to move
            away from the labels.
        others: another image for each, with its label, for methods whose settings ask for it.
    """

    images: Tensor
    labels: Tensor
    rng: Generators
    targets: Tensor | None = None
    others: "Batch | None" = None

    def image(self, index: int) -> "Batch":
        """Return the batch that holds only one of the images."""
        chosen = slice(index, index + 1)
        return Batch(
            self.images[chosen],
            self.labels[chosen],
            self.rng[chosen],
            None if self.targets is None else self.targets[chosen],
            None if self.others is None else self.others.image(index),
        )


@dataclass(frozen=True)
class SolverReport:
    """What a conic solver reports about one solve.

    Attributes:
        solver: its name.
        status: its own word for how it ended.
        seconds: wall-clock time of the solve, without setting up the problem.
        memory_mb: peak memory of the solve, in MB; None if the system does not report it.
    """

    solver: str
    status: str
    seconds: float
    memory_mb: float | None


@dataclass(frozen=True)
class FirstStep:
    """The linear problem at the clean images, and how much of it the final perturbation reaches.

    Attributes:
        certificate: of that problem; its gradient is that at the clean images, over its largest
            magnitude.
        largest: that magnitude, float64 (B,).
        iterate: perturbation after the last step, float16 (B, C, H, W).
        value: <gradient of the certificate, iterate>, float64 (B,).
        loss: at the clean images, float64 (B,).
    """

    certificate: Certificate
    largest: Tensor
    iterate: Tensor
    value: Tensor
    loss: Tensor

    @classmethod
    def of(
        cls, certificate: Certificate, gradient: Tensor, final: Tensor, loss: Tensor
    ) -> "FirstStep":
        """Compare the final perturbation (B, C, H, W) with the first step's certificate."""
        largest, iterate = gradient.abs().flatten(1).amax(1).double(), final.half()
        value = inner(certificate.gradient.double(), iterate.double())
        return cls(certificate, largest, iterate, value, loss.detach().double())

    def image(self, index: int) -> "FirstStep":
        """Return what belongs to one image of the batch."""
        chosen = slice(index, index + 1)
        return FirstStep(
            self.certificate.select(torch.tensor([index])),
            self.largest[chosen],
            self.iterate[chosen],
            self.value[chosen],
            self.loss[chosen],
        )


@dataclass(frozen=True)
class AttackResult:
    """What an attack returns for a batch.

    Attributes:
        adversarial: float (B, C, H, W) in [0, 1], not yet rounded to 8 bits.
        certificate: certificate of the last linear subproblem, for attacks that solve one.
        failures: for each image, None, or why the attack found no adversarial image;
            ``adversarial`` then holds the clean image. Empty if the attack cannot fail.
        rerun: for methods that can reuse this run: attacks one image of the batch again, given its
            index and settings with another budget.
        step_gaps: Frank-Wolfe gap of each step, (B, steps), for attacks that take such steps.
        solver_reports: one report per image, for attacks that use a conic solver.
        first: the linear problem at the clean images, for attacks that follow the gradient in the
            ball.
    """

    adversarial: Tensor
    certificate: Certificate | None = None
    failures: Sequence[str | None] = ()
    rerun: Callable[[int, Any], "AttackResult"] | None = None
    step_gaps: Tensor | None = None
    solver_reports: Sequence[SolverReport] = ()
    first: FirstStep | None = None

    def image(self, index: int) -> "AttackResult":
        """Return the result for one image of the batch."""
        chosen, rerun = slice(index, index + 1), self.rerun
        return AttackResult(
            self.adversarial[chosen],
            self.certificate and self.certificate.select(torch.tensor([index])),
            self.failures[chosen],
            rerun and (lambda _, settings: rerun(index, settings)),
            None if self.step_gaps is None else self.step_gaps[chosen],
            self.solver_reports[chosen],
            self.first and self.first.image(index),
        )


def concatenated(results: Sequence[AttackResult]) -> AttackResult:
    """Join the results of an attack that treats images one by one into the result of one batch."""
    certificates = [each.certificate for each in results if each.certificate is not None]
    return AttackResult(
        torch.cat([each.adversarial for each in results]),
        join(certificates) if certificates else None,
        [failure for each in results for failure in each.failures],
        solver_reports=[report for each in results for report in each.solver_reports],
    )


class Attack(Protocol):
    """A pure function from a batch of images to their perturbed images.

    With targets, it seeks images that are classified as their target; without, images that are
    classified as anything other than their label.
    """

    def __call__(self, model: nn.Module, batch: Batch, settings: Any) -> AttackResult:
        """Perturb the images of a batch.

        Args:
            model: maps images, float (B, C, H, W) in [0, 1], to logits (B, classes).
            batch: the images to attack.
            settings: the settings of this attack's method.

        Raises:
            AttackError: the method cannot be applied to this batch.
        """
        ...


def fooled(logits: Tensor, batch: Batch) -> Tensor:
    """Return whether the logits (B, classes) show a successful attack, bool (B,).

    With targets, success means that the target is predicted; without, any class but the label.
    """
    predicted = logits.argmax(1)
    return predicted != batch.labels if batch.targets is None else predicted == batch.targets


def losses(logits: Tensor, labels: Tensor, loss: str, targets: Tensor | None = None) -> Tensor:
    """Return the loss that an attack increases, for each image.

    Args:
        logits: (B, classes).
        labels: classes to move away from, int64 (B,).
        loss: ``margin``: minus the margin of the label or, with targets, the margin of the target.
            ``cross_entropy``: the cross-entropy of the label or, with targets, minus that of the
            target.
        targets: classes to move towards, int64 (B,).

    Returns:
        (B,).
    """
    classes, sign = (labels, 1) if targets is None else (targets, -1)
    if loss == "margin":
        return -sign * margin(logits, classes)
    return sign * nn.functional.cross_entropy(logits, classes, reduction="none")


def loss_gradient(
    model: nn.Module, images: Tensor, labels: Tensor, loss: str, targets: Tensor | None = None
) -> Tensor:
    """Return the gradient of :func:`losses` with respect to the images.

    Args:
        model: the network.
        images: float (B, C, H, W) in [0, 1].
        labels: classes to move away from, int64 (B,).
        loss: ``margin`` or ``cross_entropy``.
        targets: classes to move towards, int64 (B,).

    Raises:
        AttackError: the gradient is not finite.
    """
    x = images.detach().clone().requires_grad_(True)
    return image_gradient(losses(model(x), labels, loss, targets), x)


def image_gradient(values: Tensor, images: Tensor) -> Tensor:
    """Return the gradient of losses, summed, with respect to the images of which they are.

    Args:
        values: the losses.
        images: (B, C, H, W), leaves of their graph.

    Raises:
        AttackError: there is no gradient, or it is not finite.
    """
    try:
        (gradient,) = torch.autograd.grad(values.sum(), images)
    except RuntimeError as error:
        if lacks_memory(error):
            raise
        reason = str(error).splitlines()[0]
        raise AttackError(f"autograd finds no gradient of the loss ({reason})") from error
    # The maximum is finite only if all values are; this is ten times as fast as testing each value.
    if not bool(gradient.abs().amax().isfinite()):
        raise AttackError("the gradient of the loss is not finite")
    return gradient
