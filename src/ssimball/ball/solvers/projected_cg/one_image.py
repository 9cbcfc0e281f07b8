"""One image from its pixels to its certificate, compiled for the CPU."""

from typing import Any, NamedTuple

import numpy as np

from ssimball.ball.solvers.projected_cg.coarse import Squares, inverses
from ssimball.ball.solvers.projected_cg.compiled_engine import solve
from ssimball.ball.solvers.projected_cg.exact import Quadratic, bounds, quadratic_of, round_into_box
from ssimball.ball.solvers.projected_cg.layout import (
    DIAGONAL,
    INVERSE,
    LOWER,
    UPPER,
    D,
    G,
    Image,
    Limits,
    State,
    Workspace,
    empty_image,
    empty_state,
    workspace_for,
)
from ssimball.ball.solvers.projected_cg.passes import apply_a
from ssimball.ball.solvers.projected_cg.preconditioner import LEAST
from ssimball.ball.solvers.projected_cg.rows import copy_row, corner_row
from ssimball.runtime.compilation import njit_fast
from ssimball.ssim.filters import Floats

#: Share of the radius that counts as inside. A d and d'Ad have errors below 1e-10 for any image:
#: a is at most 2300 times b, which limits cancellation, and float64 sums a few hundred numbers to
#: 1e-14.
INSIDE = 1 - 1e-10
#: Largest number of scalings into the ball.
SCALINGS = 60


class Prepared(NamedTuple):
    """What all problems on one image share, and the arrays for one of them at a time.

    Attributes:
        ball: the exact ball, in float64.
        coarse: inverses of the coarse grids, float32 (C, m, m') each.
        image: the constants of the iteration, in float32.
        state: arrays of the iterate.
        workspace: arrays for intermediate results.
    """

    ball: Quadratic
    coarse: tuple[Floats, ...]
    image: Image
    state: State
    workspace: Workspace


def prepare_image(
    x: Floats,
    cap: float,
    taps: tuple[float, ...],
    stride: int,
    squares: tuple[Squares, ...],
) -> Prepared:
    """Prepare an image.

    Args:
        x: float64 (C, H, W) in [0, 1].
        cap: on the perturbation, at most 1.
        taps: of the window, float64.
        stride: of the window.
        squares: of each coarse grid, see :class:`~.coarse.Squares`.
    """
    ball = quadratic_of(x, cap, taps, stride)
    exact = inverses(ball.diagonal, ball.weight, squares)
    coarse = tuple(grid.astype(np.float32) for grid in exact)
    image = empty_image(x.shape, len(taps), np.dtype(np.float32))
    _set_image(image, ball)
    workspace = workspace_for(image, coarse, len(taps))
    return Prepared(ball, coarse, image, empty_state(image), workspace)


@njit_fast
def _set_image(image: Image, ball: Quadratic) -> None:
    """Compute the constants of the iteration in float32, but for the objective."""
    channels, height, width = ball.x.shape
    for c in range(channels):
        for i in range(height):
            f = image.fixed[c, i]
            for j in range(width):
                x, diagonal = ball.x[c, i, j], ball.diagonal[c, i, j]
                f[DIAGONAL, j] = diagonal
                f[LOWER, j], f[UPPER, j] = max(-x, -ball.cap), min(1 - x, ball.cap)
                f[INVERSE, j] = 1 / max(diagonal, LEAST)
        for i in range(ball.weight.shape[1]):
            for j in range(ball.weight.shape[2]):
                image.weight[c, i, j] = ball.weight[c, i, j]


@njit_fast
def certified_image(
    prepared: Prepared,
    g: Floats,
    start: Floats,
    start_nu: float,
    fresh: bool,
    taps: tuple[float, ...],
    exact_taps: tuple[float, ...],
    transfers: Any,
    limits: Limits,
    perturbation: Floats,
    summary: Floats,
) -> None:
    """Solve the problem of one image for an objective ``g`` and certify the solution.

    It starts from ``start`` and ``start_nu`` unless ``fresh``. ``perturbation`` receives the
    solution, ``summary`` the multiplier, primal value, dual bound and iterations. Tensors of the
    shape of the image are float32.
    """
    ball, coarse, image, state, workspace = prepared
    _set_objective(image, g)
    radius, out = limits.radius, (perturbation, summary)
    # Where the best corner of the box lies in the ball it is the solution, with nu = 0.
    if _corner_may_be_inside(state, image, radius, taps, workspace):
        used = _certify(ball, state, g, 0.0, 1.0, radius, exact_taps, *out)
        if used <= radius * INSIDE:
            return
    if not fresh:
        _set_start(state, image, start)
    nu, iterations, quadratic = solve(
        state, image, taps, transfers, coarse, workspace, fresh, start_nu, limits
    )
    summary[3] = iterations
    scale = min(np.sqrt(radius / max(quadratic, 1e-30)) * (1 - limits.spare), 1.0)
    for k in range(SCALINGS):
        used = _certify(ball, state, g, nu, scale, radius, exact_taps, *out)
        if used <= radius * INSIDE:
            break
        scale *= min(np.sqrt(radius / used), 1.0) * (1 - min(1e-9 * 2.0**k, 0.5))


@njit_fast
def _set_objective(image: Image, g: Floats) -> None:
    for c in range(g.shape[0]):
        for i in range(g.shape[1]):
            copy_row(g[c, i], image.fixed[c, i, G])


@njit_fast
def _corner_may_be_inside(
    state: State, image: Image, radius: float, taps: tuple[float, ...], workspace: Workspace
) -> bool:
    """Set d to the maximiser over the box; return False if float32 shows it outside the ball."""
    total = 0.0
    for c in range(len(state.q)):
        for i in range(state.q.shape[1]):
            f = image.fixed[c, i]
            corner_row(f[G], f[LOWER], f[UPPER], state.q[c, i])
        total += apply_a(state, image, c, taps, workspace)
        if total > 1.01 * radius:
            return False
    for c in range(len(state.q)):
        for i in range(state.q.shape[1]):
            copy_row(state.q[c, i], state.moving[c, i, D])
    return True


@njit_fast
def _set_start(state: State, image: Image, d: Floats) -> None:
    """Set q to ``d`` (C, H, W), clipped to the box."""
    for c in range(d.shape[0]):
        for i in range(d.shape[1]):
            f = image.fixed[c, i]
            for j in range(d.shape[2]):
                state.q[c, i, j] = min(max(d[c, i, j], f[LOWER, j]), f[UPPER, j])


@njit_fast
def _certify(
    ball: Quadratic,
    state: State,
    g: Floats,
    nu: float,
    scale: float,
    radius: float,
    taps: tuple[float, ...],
    perturbation: Floats,
    summary: Floats,
) -> float:
    """Scale and round the iterate, and bound it; return <d, A d>.

    The scaled iterate with nu over the scale is the same dual point nu d.
    """
    round_into_box(ball, state.moving, D, scale, perturbation)
    nu /= scale
    primal, quadratic, box = bounds(ball, g, perturbation, nu, taps)
    summary[0], summary[1] = nu, primal
    summary[2] = nu * np.sqrt(radius * max(quadratic, 0.0)) + box
    return quadratic
