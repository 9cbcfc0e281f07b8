"""Linear maximisation over the SSIM ball by a conic solver: the reference for the fast solver."""

import dataclasses
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ssimball.ball.ball import Ball, Model
from ssimball.ball.certificate import Certificate, Proof, bounded_point, unit_gradient
from ssimball.ball.scope import Scope
from ssimball.ball.solvers.conic.backends import Outcome, check_solver, solve
from ssimball.ball.solvers.conic.instance import Instance
from ssimball.ball.solvers.conic.matrices import Floats
from ssimball.ball.solvers.conic.models import BUILDERS
from ssimball.ball.stopping import Stopped
from ssimball.errors import AttackError
from ssimball.runtime.memory import peak_memory
from ssimball.ssim.window_checks import check_cover
from ssimball.ssim.windows import BALL_WINDOW, Window

#: A solution that loses more than this share of its objective by being made feasible is refused.
TRUSTED = 1e-3


@dataclass(frozen=True)
class ConicSolution:
    """A maximiser over the ball of one image.

    Attributes:
        perturbation: float32 (C, H, W), feasible for the model in float64.
        objective: its product with the gradient; that is the gradient divided by its largest
            magnitude and rounded to float16, as it is stored.
        outcome: how the conic solver ended.
        certificate: for model Q, of a batch of one; None for S and L. Its ``stopped`` repeats the
            solver's status.
    """

    perturbation: Tensor
    objective: float
    outcome: Outcome
    certificate: Certificate | None = None


def maximise_conic(
    image: Tensor,
    gradient: Tensor,
    *,
    model: Model,
    epsilon: float,
    tau: float | None,
    window: Window = BALL_WINDOW,
    solver: str = "auto",
) -> ConicSolution:
    """Solve the problem for one image.

    Args:
        image: clean image in [0, 1], (C, H, W).
        gradient: of the loss to be increased, finite, same shape; only its direction matters.
        model: Q, S or L, see :mod:`ssimball.ball.solvers.conic.models`.
        epsilon: radius: of the mean distance for Q and S; of each term in each window for L, where
            it must be below 1.
        tau: largest change of a pixel; None for no cap.
        window: where similarity is measured. Memory and time grow with size² / stride².
        solver: see :func:`check_solver`.

    Raises:
        ValueError: the gradient is not finite.
        ConfigError: the solver cannot be used here.
        AttackError: the windows leave pixels uncovered, or the solver finds no optimal solution.
    """
    g16 = unit_gradient(gradient[None]).detach().cpu()
    name = check_solver(solver)
    check_cover(image.shape, window)
    g, x = g16[0].double(), image.detach().cpu().double()
    ball = Ball.around(x[None], epsilon, tau, model, window=window)
    d, multiplier, outcome = _solve(Instance.of(ball, g.numpy()), model, name)
    proof = Proof(torch.tensor([multiplier]).double())
    point = bounded_point(ball, g16, torch.from_numpy(d)[None], proof)
    objective = float((g * point.perturbation[0].double()).sum())
    _check_trusted(objective, float((g.numpy() * d).sum()), outcome)
    certificate = point.certificate(torch.tensor([outcome.iterations]), [outcome.status])
    quadratic = certificate.covering(Scope.of(ball)) if model == "Q" else None
    return ConicSolution(point.perturbation[0], objective, outcome, quadratic)


def _solve(instance: Instance, model: str, solver: str) -> tuple[Floats, float, Outcome]:
    """Solve the cone program.

    Returns:
        The perturbation, the multiplier of the quadratic (0 unless the model is Q), and how the
        solver ended.
    """
    g = instance.gradient
    if not np.maximum(g * instance.lower, g * instance.upper).any():
        # There is no gradient, or all of it points out of the box.
        status = Stopped.OPTIMAL if g.any() else Stopped.ZERO_GRADIENT
        return np.zeros_like(g), 0.0, Outcome(solver, status, 0, 0.0, 0.0)
    if model == "L" and len(g) > 1:
        return _solve_channels(instance, model, solver)
    started = time.perf_counter()
    with peak_memory() as peak:
        program = BUILDERS[model](instance)
        building = time.perf_counter() - started
        outcome = solve(program.problem, solver)
    outcome = dataclasses.replace(
        outcome, setup_seconds=building + outcome.setup_seconds, memory_mb=peak.megabytes
    )
    d = instance.unit * np.reshape(program.z.value, g.shape)
    if program.cone is None:
        return d, 0.0, outcome
    # The cone is |F d| <= 1 with F'F = A / radius; its multiplier belongs to the scaled objective.
    cone_multiplier = max(0.0, float(np.ravel(program.cone.dual_value[0])[0]))
    return d, cone_multiplier * program.scale / instance.radius, outcome


def _solve_channels(instance: Instance, model: str, solver: str) -> tuple[Floats, float, Outcome]:
    """Solve channel by channel, which is the same problem where nothing couples the channels."""
    solutions = []
    for i in range(len(instance.image)):
        arrays = {
            name: getattr(instance, name)[i : i + 1]
            for name in ("image", "gradient", "lower", "upper")
        }
        solutions.append(_solve(dataclasses.replace(instance, **arrays), model, solver))
    outcomes = [outcome for _, _, outcome in solutions]
    statuses = {outcome.status for outcome in outcomes} - {Stopped.ZERO_GRADIENT}
    memory = [outcome.memory_mb for outcome in outcomes if outcome.memory_mb is not None]
    whole = Outcome(
        solver,
        # A reduced tolerance in one channel holds for the whole image.
        Stopped.OPTIMAL_REDUCED if Stopped.OPTIMAL_REDUCED in statuses else Stopped.OPTIMAL,
        sum(outcome.iterations for outcome in outcomes),
        sum(outcome.setup_seconds for outcome in outcomes),
        sum(outcome.solve_seconds for outcome in outcomes),
        max(memory, default=None),
    )
    return np.concatenate([d for d, _, _ in solutions]), 0.0, whole


def _check_trusted(feasible: float, claimed: float, outcome: Outcome) -> None:
    """Refuse a solution that loses too much of its objective by being made feasible.

    Args:
        feasible: objective of the feasible perturbation.
        claimed: objective of the solver's solution.
        outcome: how the solver ended.

    Raises:
        AttackError: less than ``1 - TRUSTED`` of the objective is left.
    """
    if feasible < (1 - TRUSTED) * claimed:
        raise AttackError(
            f"{outcome.solver} reported status {outcome.status}, but only "
            f"{feasible / claimed:.6f} of its objective is left in a feasible perturbation"
        )
