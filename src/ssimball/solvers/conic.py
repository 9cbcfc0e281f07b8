"""Linear maximisation over the SSIM ball by a conic solver: the reference for the fast method."""

import dataclasses
import time
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ssimball.ball import QuadraticBall, inner
from ssimball.certificate import Certificate, certify, unit_gradient
from ssimball.errors import AttackError
from ssimball.solvers.conic_backends import Solved, check_solver, solve
from ssimball.solvers.conic_feasible import shrink_into
from ssimball.solvers.conic_instance import Instance
from ssimball.solvers.conic_matrices import Floats
from ssimball.solvers.conic_models import BUILDERS
from ssimball.windows import SSIM_WINDOW, Window

#: A solution that has to shrink by more than this share to be feasible was not one.
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
        certificate: for model Q, of a batch of one. ``stopped`` repeats the status.
    """

    perturbation: Tensor
    objective: float
    status: str
    solver: str
    iterations: int
    setup_seconds: float
    solve_seconds: float
    certificate: Certificate | None = None


def maximise_conic(
    image: Tensor,
    gradient: Tensor,
    *,
    model: str,
    epsilon: float,
    tau: float | None,
    window: Window = SSIM_WINDOW,
    solver: str = "auto",
) -> ConicSolution:
    """Solve the problem for one image.

    Args:
        image: clean image in [0, 1], (C, H, W).
        gradient: of the loss to be increased, finite, same shape; only its direction matters.
        model: Q, S or L, see :mod:`ssimball.solvers.conic_models`.
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
    _check_cover(image.shape, window)
    x, g = image.detach().cpu().double(), g16.detach().cpu().double()
    ball = QuadraticBall.around(x[None], epsilon, tau, window=window)
    instance = Instance(
        image=x.numpy(),
        gradient=g.numpy(),
        lower=ball.lower[0].numpy(),
        upper=ball.upper[0].numpy(),
        epsilon=epsilon,
        window=window,
    )
    d, multiplier, solved = _solve(instance, model, name)
    if model == "Q":
        certificate = _certify(ball, g[None], torch.from_numpy(d)[None], multiplier, solved)
        return _solution(certificate.perturbation[0], g, solved, certificate)
    feasible, factor = shrink_into(instance, model, d)
    _check_trusted(factor, solved)
    return _solution(torch.from_numpy(feasible), g, solved)


def _check_cover(shape: torch.Size, window: Window) -> None:
    for side in shape[1:]:
        if side < window.size or window.stride > window.size:
            left_out = True
        else:
            left_out = (side - window.size) % window.stride != 0
        if left_out:
            raise AttackError(
                f"windows of {window.size} pixels at stride {window.stride} do not cover a side "
                f"of {side} pixels; choose a stride that divides {side} - size"
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
    built = BUILDERS[model](instance)
    building = time.perf_counter() - begin
    solved = solve(built.problem, solver)
    solved = dataclasses.replace(solved, setup_seconds=building + solved.setup_seconds)
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
    )
    return np.concatenate([part[0] for part in parts]), 0.0, together


def _certify(
    ball: QuadraticBall, g: Tensor, d: Tensor, multiplier: float, solved: Solved
) -> Certificate:
    nu = torch.tensor([multiplier], dtype=torch.float64)
    certified, factor = certify(ball, g.half(), d, nu)
    _check_trusted(float(factor), solved)
    iterations = torch.tensor([solved.iterations])
    return dataclasses.replace(certified, iterations=iterations, stopped=[solved.status])


def _check_trusted(factor: float, solved: Solved) -> None:
    if factor < 1 - TRUSTED:
        raise AttackError(
            f"{solved.solver} called a solution {solved.status} that is feasible only when scaled "
            f"by {factor:.6f}"
        )


def _solution(
    perturbation: Tensor, g: Tensor, solved: Solved, certificate: Certificate | None = None
) -> ConicSolution:
    objective = float(inner(g[None], perturbation.double()[None]))
    return ConicSolution(
        perturbation, objective, **dataclasses.asdict(solved), certificate=certificate
    )
