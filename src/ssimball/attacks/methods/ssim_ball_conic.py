"""The study's attack with a conic solver in place of the fast one: its reference, one step."""

from typing import Any

from torch import nn

from ssimball.attacks.ball_settings import window_of
from ssimball.attacks.interface import AttackResult, Batch, concatenated, loss_gradient
from ssimball.ball.solvers.conic.solve import ConicSolution, maximise_conic
from ssimball.config.attacks.ball import SsimBallConicConfig


def attack(model: nn.Module, batch: Batch, settings: SsimBallConicConfig) -> AttackResult:
    """Maximise the loss linearised at the clean image over the ball. See :class:`Attack`.

    Images are solved one by one on the CPU. For models S and L there is no certificate.

    Raises:
        ConfigError: the solver cannot be used on this machine.
        AttackError: the solver has no optimal solution for an image.
    """
    gradients = loss_gradient(model, batch.images, batch.labels, settings.loss, batch.targets)
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
        for image, gradient in zip(batch.images, gradients, strict=True)
    ]
    return concatenated(
        [
            AttackResult(
                (image + one.perturbation.to(image.device))[None], one.certificate, [_columns(one)]
            )
            for image, one in zip(batch.images, solutions, strict=True)
        ]
    )


def _columns(solution: ConicSolution) -> dict[str, Any]:
    return {
        "solver": solution.outcome.solver,
        "solver_status": solution.outcome.status.value,
        "solve_seconds": solution.outcome.solve_seconds,
        "solve_memory_mb": solution.outcome.memory_mb,
    }
