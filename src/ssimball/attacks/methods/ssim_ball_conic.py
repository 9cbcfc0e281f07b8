"""The reference for the study's attack: one step in the SSIM ball, by a conic solver."""

from torch import nn

from ssimball.attacks.ball_settings import window_of
from ssimball.attacks.interface import (
    AttackResult,
    Batch,
    SolverReport,
    concatenated,
    loss_gradient,
)
from ssimball.ball.solvers.conic.solve import ConicSolution, maximise_conic
from ssimball.config.attacks.ball import SsimBallConicConfig


def attack(model: nn.Module, batch: Batch, settings: SsimBallConicConfig) -> AttackResult:
    """Maximise the loss linearised at the clean image over the ball; see :class:`Attack`.

    Images are solved one by one on the CPU. There is no certificate for models S and L.

    Raises:
        ConfigError: the solver cannot be used on this machine.
        AttackError: the solver found no optimal solution for an image.
    """
    gradients = loss_gradient(model, batch.images, batch.labels, settings.loss, batch.targets)
    window = window_of(settings)
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
                (image + solution.perturbation.to(image.device))[None],
                solution.certificate,
                solver_reports=[_report(solution)],
            )
            for image, solution in zip(batch.images, solutions, strict=True)
        ]
    )


def _report(solution: ConicSolution) -> SolverReport:
    outcome = solution.outcome
    return SolverReport(
        outcome.solver, outcome.status.value, outcome.solve_seconds, outcome.memory_mb
    )
