"""One image from its pixels to its certificate, by compiled code for the CPU."""

from typing import Any, NamedTuple

import numpy as np

from ssimball.ball.solvers.projected_cg.coarse import Projection, Transfers, stencils
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
from ssimball.ball.solvers.projected_cg.rows import corner_row
from ssimball.runtime.compilation import njit_entry
from ssimball.ssim.filters import Floats, Taps, copy_row
from ssimball.ssim.windows import Window

#: Share of the radius that counts as inside. A d and d'Ad have errors below 1e-10 for any image:
#: a is at most 2300 times b, which limits cancellation, and float64 sums a few hundred numbers to
#: 1e-14.
INSIDE = 1 - 1e-10
#: Largest number of scalings into the ball.
SCALINGS = 60


class Tables(NamedTuple):
    """What all images of a size share.

    Attributes:
        window: of the ball.
        taps: of the window, as float32.
        transfers: rows and columns of each coarse grid.
        projection: of the first coarse grid.
    """

    window: Window
    taps: tuple[Any, ...]
    transfers: Transfers
    projection: Projection


class Prepared(NamedTuple):
    """What all problems on one image share, and the arrays for one of them at a time.

    Attributes:
        tables: of all images of its size.
        ball: the exact ball, in float64.
        coarse: stencils of the coarse grids, float32 (C, 4, m + 2, m' + 2) each.
        image: the constants of the iteration, in float32.
        state: arrays of the iterate.
        workspace: arrays for intermediate results.
    """

    tables: Tables
    ball: Quadratic
    coarse: tuple[Floats, ...]
    image: Image
    state: State
    workspace: Workspace


class Solution(NamedTuple):
    """What is known of a solution.

    Attributes:
        nu: multiplier of the quadratic.
        primal: <g, d>.
        dual: bound on it.
        quadratic: d'Ad.
        iterations: that were needed.
    """

    nu: float
    primal: float
    dual: float
    quadratic: float
    iterations: int


def prepare_image(x: Floats, cap: Floats, tables: Tables) -> Prepared:
    """Prepare an image.

    Args:
        x: float64 (C, H, W) in [0, 1].
        cap: on the perturbation, at most 1, and 0 outside a region, float64 (H, W).
        tables: of all images of that size.
    """
    ball = quadratic_of(x, cap, tables.window)
    exact = stencils(ball.diagonal, ball.weight, tables.projection, tables.window)
    coarse = tuple(grid.astype(np.float32) for grid in exact)
    image = empty_image(x.shape, tables.window, np.dtype(np.float32))
    _set_image(image, ball)
    workspace = workspace_for(image, coarse, tables.window.size)
    return Prepared(tables, ball, coarse, image, empty_state(image), workspace)


def certified_image(
    prepared: Prepared,
    g: Floats,
    start: tuple[Floats, float] | None,
    limits: Limits,
    perturbation: Floats,
) -> Solution:
    """Solve the problem of one image for an objective ``g`` and certify the solution.

    Args:
        prepared: the image.
        g: float32 (C, H, W).
        start: a float32 perturbation (C, H, W) and a multiplier to start from, if any.
        limits: of the iteration.
        perturbation: receives the solution, float32 (C, H, W).
    """
    tables, _, coarse, image, state, workspace = prepared
    radius = limits.radius
    image.fixed[:, :, G, : g.shape[2]] = g
    # Where the best corner of the box lies in the ball it is the solution, with nu = 0.
    if _corner_may_be_inside(state, image, radius, tables.taps, workspace):
        corner = _certify(prepared, g, 0.0, 1.0, radius, 0, perturbation)
        if corner.quadratic <= radius * INSIDE:
            return corner
    d, nu = (state.q, 0.0) if start is None else start
    if start is not None:
        lower, upper = (image.fixed[:, :, bound, : g.shape[2]] for bound in (LOWER, UPPER))
        np.clip(d, lower, upper, out=state.q[:, :, : g.shape[2]])
    problem = state, image, tables.taps, tables.transfers, coarse, workspace
    nu, iterations, quadratic = solve(*problem, start is None, nu, limits)
    scale = min((radius / max(quadratic, 1e-30)) ** 0.5 * (1 - limits.spare), 1.0)
    for k in range(SCALINGS):
        solution = _certify(prepared, g, nu, scale, radius, iterations, perturbation)
        if solution.quadratic <= radius * INSIDE:
            break
        ratio = min((radius / solution.quadratic) ** 0.5, 1.0)
        scale *= ratio * (1 - min(1e-9 * 2.0**k, 0.5))
    return solution


def _certify(
    prepared: Prepared,
    g: Floats,
    nu: float,
    scale: float,
    radius: float,
    iterations: int,
    perturbation: Floats,
) -> Solution:
    """Scale and round the iterate, and bound it.

    The scaled iterate with nu over the scale is the same dual point nu d.
    """
    ball, nu = prepared.ball, nu / scale
    round_into_box(ball, prepared.state.moving, D, scale, perturbation)
    primal, quadratic, box = bounds(ball, g, perturbation, nu, prepared.tables.window.taps)
    dual = nu * (radius * max(quadratic, 0.0)) ** 0.5 + box
    return Solution(nu, primal, dual, quadratic, iterations)


@njit_entry
def _set_image(image: Image, ball: Quadratic) -> None:
    """Compute the constants of the iteration in float32, but for the objective."""
    channels, height, width = ball.x.shape
    for c in range(channels):
        for i in range(height):
            f = image.fixed[c, i]
            for j in range(width):
                x, diagonal = ball.x[c, i, j], ball.diagonal[c, i, j]
                f[DIAGONAL, j] = diagonal
                f[LOWER, j], f[UPPER, j] = max(-x, -ball.cap[i, j]), min(1 - x, ball.cap[i, j])
                f[INVERSE, j] = 1 / max(diagonal, LEAST)
        for i in range(ball.weight.shape[1]):
            copy_row(ball.weight[c, i], image.weight[c, i])


@njit_entry
def _corner_may_be_inside(
    state: State, image: Image, radius: float, taps: Taps, workspace: Workspace
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
