"""The study's attack with a conic solver in place of the fast one: its reference, one step."""

from typing import Any

import torch
from torch import Tensor, nn

from ssimball.attacks.ball_settings import window_of
from ssimball.attacks.interface import AttackResult, Generators, loss_gradient
from ssimball.certificate import join
from ssimball.config.attacks import SsimBallConicConfig
from ssimball.solvers.conic import ConicSolution, maximise_conic


def attack(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    rng: Generators,
    settings: SsimBallConicConfig,
) -> AttackResult:
    """Maximise the loss linearised at the clean image over the ball. See :class:`Attack`.

    Images are solved one by one on the CPU. For models S and L there is no certificate.

    Raises:
        ConfigError: the solver cannot be used on this machine.
        AttackError: the solver has no optimal solution for an image.
    """
    gradients = loss_gradient(model, images, labels, settings.loss)
    window = window_of(settings.window)
    solutions = [
        maximise_conic(
            image,
            gradient,
            model=settings.model,
            epsilon=settings.epsilon,
            tau=settings.tau,
            window=window,
            solver=settings.solver,
        )
        for image, gradient in zip(images, gradients, strict=True)
    ]
    d = torch.stack([solution.perturbation for solution in solutions]).to(images.device)
    certificates = [one.certificate for one in solutions if one.certificate is not None]
    joined = join(certificates) if settings.model == "Q" else None
    columns = [_columns(solution) for solution in solutions]
    return AttackResult(images + d, joined, columns)


def _columns(solution: ConicSolution) -> dict[str, Any]:
    return {
        "solver": solution.solver,
        "solver_status": solution.status,
        "solve_seconds": solution.solve_seconds,
        "solve_memory_mb": solution.memory_mb,
    }
