"""Linear maximisation over the SSIM ball by a conic solver: the reference for the fast method."""

import dataclasses
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ssimball.ball.ball import Ball, Model, check_cover
from ssimball.ball.certificate import Certificate, Proof, certify, unit_gradient
from ssimball.ball.solvers.conic.backends import Solved, check_solver, solve
from ssimball.ball.solvers.conic.instance import Instance
from ssimball.ball.solvers.conic.matrices import Floats
from ssimball.ball.solvers.conic.models import BUILDERS
from ssimball.errors import AttackError
from ssimball.runtime.memory import peak_memory
from ssimball.ssim.windows import SSIM_WINDOW, Window

#: A solution that loses more than this share of its objective to be feasible was not one.
TRUSTED = 1e-3


@dataclass(frozen=True)
class ConicSolution:
    """A maximiser over the ball of one image.

    Attributes:
        perturbation: float32 (C, H, W), feasible for the model in float64.
        objective: its product with the gradient, the gradient divided by its largest magnitude
            and rounded to float16, as it is stored.
        status: of the solver, see :class:`Solved`, or ``zero gradient``: nothing to solve.
        solver: mosek, clarabel or scs.
        iterations: of the solver.
        setup_seconds, solve_seconds: building the cones, and the solver's time.
        memory_mb: by which building and solving raised the memory in use at most, in MB; None
            where the system does not tell.
        certificate: for model Q, of a batch of one. ``stopped`` repeats the status.
    """

    perturbation: Tensor
    objective: float
    status: str
    solver: str
    iterations: int
    setup_seconds: float
    solve_seconds: float
    memory_mb: float | None = None
    certificate: Certificate | None = None


def maximise_conic(
    image: Tensor,
    gradient: Tensor,
    *,
    model: Model,
    epsilon: float,
    tau: float | None,
    window: Window = SSIM_WINDOW,
    solver: str = "auto",
) -> ConicSolution:
    """Solve the problem for one image.

    Args:
        image: clean image in [0, 1], (C, H, W).
        gradient: of the loss to be increased, finite, same shape; only its direction matters.
        model: Q, S or L, see :mod:`ssimball.ball.solvers.conic.models`.
        epsilon: radius: of the mean distance for Q and S, of each term in each window for L,
            there < 1.
        tau: largest change of a pixel; None for no cap.
        window: where similarity is measured. Memory and time grow with size² / stride².
        solver: see :func:`check_solver`.

    Raises:
        ValueError: the gradient is not finite.
        ConfigError: the solver cannot be used here.
        AttackError: the windows leave pixels out, or the solver finds no optimal solution.
    """
    g16 = unit_gradient(gradient[None])[0]
    name = check_solver(solver)
    check_cover(image.shape, window)
    g16 = g16.detach().cpu()
    x, g = image.detach().cpu().double(), g16.double()
    ball = Ball.around(x[None], epsilon, tau, model, window=window)
    instance = Instance(
        image=x.numpy(),
        gradient=g.numpy(),
        lower=ball.lower[0].numpy(),
        upper=ball.upper[0].numpy(),
        epsilon=epsilon,
        window=window,
    )
    d, multiplier, solved = _solve(instance, model, name)
    certificate = certify(
        ball, g16[None], torch.from_numpy(d)[None], Proof(torch.tensor([multiplier]).double())
    )
    objective = float((g * certificate.perturbation[0].double()).sum())
    _check_trusted(objective, float((g.numpy() * d).sum()), solved)
    certificate = dataclasses.replace(
        certificate, iterations=torch.tensor([solved.iterations]), stopped=[solved.status]
    )
    return ConicSolution(
        certificate.perturbation[0],
        objective,
        **dataclasses.asdict(solved),
        certificate=certificate if model == "Q" else None,
    )


def _solve(instance: Instance, model: str, solver: str) -> tuple[Floats, float, Solved]:
    """Perturbation, multiplier of the quadratic (0 unless the model is Q), and how it went."""
    g = instance.gradient
    if not np.maximum(g * instance.lower, g * instance.upper).any():
        # No gradient, or all of it points out of the box.
        status = "optimal" if g.any() else "zero gradient"
        return np.zeros_like(g), 0.0, Solved(solver, status, 0, 0.0, 0.0)
    if model == "L" and len(g) > 1:
        return _solve_channels(instance, model, solver)
    begin = time.perf_counter()
    with peak_memory() as peak:
        built = BUILDERS[model](instance)
        building = time.perf_counter() - begin
        solved = solve(built.problem, solver)
    solved = dataclasses.replace(
        solved, setup_seconds=building + solved.setup_seconds, memory_mb=peak.megabytes
    )
    d = instance.unit * np.reshape(built.z.value, g.shape)
    if built.cone is None:
        return d, 0.0, solved
    # The cone is |F d| <= 1 with F'F = A / radius; its multiplier belongs to the scaled objective.
    pull = max(0.0, float(np.ravel(built.cone.dual_value[0])[0]))
    return d, pull * built.scale / instance.radius, solved


def _solve_channels(instance: Instance, model: str, solver: str) -> tuple[Floats, float, Solved]:
    """Channel by channel, which is the same where nothing couples them."""
    arrays = ("image", "gradient", "lower", "upper")
    parts = [
        _solve(
            dataclasses.replace(
                instance, **{key: getattr(instance, key)[i : i + 1] for key in arrays}
            ),
            model,
            solver,
        )
        for i in range(len(instance.image))
    ]
    solved = [part[2] for part in parts]
    together = Solved(
        solver,
        # Any reservation about one channel holds for the whole.
        max((one.status for one in solved if one.status != "zero gradient"), key=len),
        sum(one.iterations for one in solved),
        sum(one.setup_seconds for one in solved),
        sum(one.solve_seconds for one in solved),
        max((one.memory_mb for one in solved if one.memory_mb is not None), default=None),
    )
    return np.concatenate([part[0] for part in parts]), 0.0, together


def _check_trusted(feasible: float, claimed: float, solved: Solved) -> None:
    if feasible < (1 - TRUSTED) * claimed:
        raise AttackError(
            f"{solved.solver} called a solution {solved.status} of which only "
            f"{feasible / claimed:.6f} is left once it is feasible"
        )
