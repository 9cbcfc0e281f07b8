"""The study's attack: linear maximisation over the SSIM ball, in one step or by Frank-Wolfe."""

import dataclasses

from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Generators, loss_gradient
from ssimball.config.attacks import SsimBallConfig
from ssimball.solvers.first_order import maximise


def attack(
    model: nn.Module, images: Tensor, labels: Tensor, *, rng: Generators, settings: SsimBallConfig
) -> AttackResult:
    """Follow the loss inside the ball. See :class:`Attack`.

    One step maximises the loss linearised at the clean image. More steps are Frank-Wolfe (Jaggi
    2013) with step 2 / (k + 2): each linearises at the iterate and moves it towards the maximiser.
    The ball is convex, so every iterate is inside it.
    """
    d = images.new_zeros(images.shape)
    iterations = labels.new_zeros(len(labels))
    for k in range(settings.steps):
        certificate = maximise(
            images,
            loss_gradient(model, images + d, labels, settings.loss),
            epsilon=settings.epsilon,
            tau=settings.tau,
            gap=settings.gap,
            max_iterations=settings.max_iterations,
        )
        iterations = iterations + certificate.iterations
        d = d + (2 / (k + 2)) * (certificate.perturbation - d)
    return AttackResult(images + d, dataclasses.replace(certificate, iterations=iterations))
