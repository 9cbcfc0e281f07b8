"""The study's attack with a conic solver in place of the fast one: its reference, one step."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Generators, loss_gradient
from ssimball.certificate import Certificate
from ssimball.config.attacks import SsimBallConicConfig, WindowConfig
from ssimball.solvers.conic import ConicSolution, maximise_conic
from ssimball.windows import Window, gaussian, uniform

SIGMA = 1.5


def attack(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    rng: Generators,
    settings: SsimBallConicConfig,
    targets: Tensor | None = None,
) -> AttackResult:
    """Maximise the loss linearised at the clean image over the ball. See :class:`Attack`.

    Images are solved one by one on the CPU. For models S and L there is no certificate.

    Raises:
        ConfigError: the solver cannot be used on this machine.
        AttackError: the solver has no optimal solution for an image.
    """
    gradients = loss_gradient(model, images, labels, settings.loss, targets)
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
    joined = _join(certificates) if settings.model == "Q" else None
    columns = [_columns(solution) for solution in solutions]
    return AttackResult(images + d, joined, columns)


def window_of(settings: WindowConfig) -> Window:
    """The window that the settings describe."""
    if settings.kind == "uniform":
        return uniform(settings.size, settings.stride)
    sigma = SIGMA if settings.sigma is None else settings.sigma
    return gaussian(settings.size, sigma, settings.stride)


def _join(certificates: Sequence[Certificate]) -> Certificate:
    def cat(name: str) -> Tensor:
        return torch.cat([getattr(one, name) for one in certificates])

    return Certificate(
        gradient=cat("gradient"),
        perturbation=cat("perturbation"),
        multiplier=cat("multiplier"),
        primal=cat("primal"),
        dual=cat("dual"),
        gap=cat("gap"),
        iterations=cat("iterations"),
        stopped=[reason for one in certificates for reason in one.stopped],
    )


def _columns(solution: ConicSolution) -> dict[str, Any]:
    return {
        "solver": solution.solver,
        "solver_status": solution.status,
        "solve_seconds": solution.solve_seconds,
    }
