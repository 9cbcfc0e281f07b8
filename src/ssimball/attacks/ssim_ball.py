"""The study's attack: linear maximisation over the SSIM ball, in one step or by Frank-Wolfe."""

import dataclasses
from collections.abc import Callable

import torch
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Generators, loss_gradient, losses
from ssimball.ball import inner
from ssimball.certificate import Certificate
from ssimball.config.attacks import SsimBallConfig
from ssimball.solvers.first_order import maximise

#: A step counts as sufficient when the loss grows by this share of what the gradient promises.
SUFFICIENT = 0.1
HALVINGS = 6


def attack(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    rng: Generators,
    settings: SsimBallConfig,
    targets: Tensor | None = None,
) -> AttackResult:
    """Follow the loss inside the ball. See :class:`Attack`.

    One step goes to the maximiser of the loss linearised at the clean image. More steps are
    Frank-Wolfe (Jaggi 2013): each linearises at the iterate and moves it towards the maximiser,
    as far as :func:`_longest_step` says. The ball is convex, so every iterate is inside it.
    """

    def loss(x: Tensor) -> Tensor:
        return losses(model(x), labels, settings.loss, targets)

    d = images.new_zeros(images.shape)
    iterations, gaps = torch.zeros(len(labels), dtype=torch.int64), []
    for _ in range(settings.steps):
        gradient = loss_gradient(model, images + d, labels, settings.loss, targets)
        certificate = _oracle(images, gradient, settings)
        iterations = iterations + certificate.iterations
        direction = certificate.perturbation - d
        gaps.append(inner(gradient, direction))
        if settings.steps == 1:
            d = d + direction
        else:
            step = _longest_step(loss, images + d, direction, gaps[-1])
            d = d + step.reshape(-1, 1, 1, 1) * direction
    return AttackResult(
        images + d,
        dataclasses.replace(certificate, iterations=iterations),
        [{"step_gaps": image.tolist()} for image in torch.stack(gaps, dim=1)],
    )


def _oracle(images: Tensor, gradient: Tensor, settings: SsimBallConfig) -> Certificate:
    return maximise(
        images,
        gradient,
        epsilon=settings.epsilon,
        tau=settings.tau,
        gap=settings.gap,
        max_iterations=settings.max_iterations,
    )


@torch.no_grad()
def _longest_step(
    loss: Callable[[Tensor], Tensor], x: Tensor, direction: Tensor, slope: Tensor
) -> Tensor:
    """The longest of 1, 1/2, 1/4, ... that raises the loss enough (Armijo), (B,); 0 if none does.

    The loss is not concave, so a fixed schedule such as 2 / (k + 2) may well lower it; this cannot.

    Args:
        slope: <gradient, direction>, (B,).
    """
    start = loss(x)
    step = torch.zeros_like(slope)
    for halving in range(HALVINGS):
        size = 0.5**halving
        gain = loss(x + size * direction) - start
        enough = gain >= SUFFICIENT * size * slope
        step = torch.where((step == 0) & enough, size, step)
        if bool((step > 0).all()):
            break
    return step
