"""One image from its pixels to its certificate, compiled for the CPU."""

from typing import Any, NamedTuple

import numpy as np

from ssimball.ball.solvers.projected_cg.coarse import inverses
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
    Room,
    State,
    empty_image,
    empty_state,
    room_for,
)
from ssimball.ball.solvers.projected_cg.passes import apply
from ssimball.ball.solvers.projected_cg.preconditioner import LEAST
from ssimball.ball.solvers.projected_cg.rows import corner
from ssimball.runtime.compilation import compiled
from ssimball.ssim.filters import Floats

#: What counts as inside. A d and d'Ad have errors below 1e-10 for any image: a is at most 2300
#: times b, and so is what cancels, and float64 sums a few hundred numbers to 1e-14.
INSIDE = 1 - 1e-10


class Prepared(NamedTuple):
    """What all problems on one image share, and room for one of them at a time."""

    ball: Quadratic
    coarse: tuple[Floats, Floats, Floats]
    image: Image
    state: State
    room: Room


@compiled
def prepare_image(
    x: Floats,
    cap: float,
    taps: tuple[float, ...],
    exact_taps: tuple[float, ...],
    stride: int,
    squares: Any,
) -> Prepared:
    """For an image (C, H, W) and a cap on the perturbation, at most 1."""
    ball = quadratic_of(x, cap, exact_taps, stride)
    coarse = _single(inverses(ball.diagonal, ball.weight, squares))
    image = _image_of(ball, len(taps))
    return Prepared(ball, coarse, image, empty_state(image), room_for(image, coarse, taps))


@compiled
def certified_image(
    prepared: Prepared,
    g: Floats,
    begin: Floats,
    fresh: bool,
    nu: float,
    taps: tuple[float, ...],
    exact_taps: tuple[float, ...],
    transfers: Any,
    radius: float,
    gap: float,
    max_iterations: int,
    spare: float,
    answer: Floats,
    numbers: Floats,
) -> None:
    """One image; ``numbers`` become multiplier, primal value, dual bound, iterations."""
    ball, coarse, image, state, room = prepared
    image.fixed[:, :, G, : g.shape[2]] = g
    # Where the best corner of the box lies in the ball it is the solution, with nu = 0.
    if _corner_may_be_inside(state, image, radius, taps, room):
        used = _settle(ball, state, g, 0.0, 1.0, radius, exact_taps, answer, numbers)
        if used <= radius * INSIDE:
            return
    if not fresh:
        _begin_at(state, image, begin)
    nu, iterations, quadratic = solve(
        state,
        image,
        taps,
        transfers,
        coarse,
        room,
        fresh,
        nu,
        radius,
        gap,
        max_iterations,
    )
    numbers[3] = iterations
    scale = min(np.sqrt(radius / max(quadratic, 1e-30)) * (1 - spare), 1.0)
    for k in range(60):
        used = _settle(ball, state, g, nu, scale, radius, exact_taps, answer, numbers)
        if used <= radius * INSIDE:
            break
        scale *= min(np.sqrt(radius / used), 1.0) * (1 - min(1e-9 * 2.0**k, 0.5))


@compiled
def _image_of(ball: Quadratic, taps: int) -> Image:
    """In float32, without an objective yet."""
    channels, height, width = ball.x.shape
    image = empty_image(np.empty((channels, height, width), np.float32), taps)
    for c in range(channels):
        for i in range(height):
            f = image.fixed[c, i]
            for j in range(width):
                x, diagonal = ball.x[c, i, j], ball.diagonal[c, i, j]
                f[DIAGONAL, j] = diagonal
                f[LOWER, j], f[UPPER, j] = max(-x, -ball.cap), min(1 - x, ball.cap)
                f[INVERSE, j] = 1 / max(diagonal, LEAST)
        image.weight[c, :, : ball.weight.shape[2]] = ball.weight[c]
    return image


@compiled
def _single(grids: Any) -> tuple[Floats, Floats, Floats]:
    kind = np.float32
    return grids[0].astype(kind), grids[1].astype(kind), grids[2].astype(kind)


@compiled
def _corner_may_be_inside(
    state: State, image: Image, radius: float, taps: tuple[float, ...], room: Room
) -> bool:
    """Whether float32 cannot tell that the maximiser over the box, now d, is outside the ball."""
    total = 0.0
    for c in range(len(state.q)):
        for i in range(state.q.shape[1]):
            f = image.fixed[c, i]
            corner(f[G], f[LOWER], f[UPPER], state.q[c, i])
        total += apply(state, image, c, taps, room)
        if total > 1.01 * radius:
            return False
    state.moving[:, :, D] = state.q
    return True


@compiled
def _begin_at(state: State, image: Image, d: Floats) -> None:
    for c in range(d.shape[0]):
        for i in range(d.shape[1]):
            f = image.fixed[c, i]
            for j in range(d.shape[2]):
                state.q[c, i, j] = min(max(d[c, i, j], f[LOWER, j]), f[UPPER, j])


@compiled
def _settle(
    ball: Quadratic,
    state: State,
    g: Floats,
    nu: float,
    scale: float,
    radius: float,
    taps: tuple[float, ...],
    answer: Floats,
    numbers: Floats,
) -> float:
    """The answer from the iterate, scaled, with its certificate. Returns <d, A d>.

    The scaled iterate with nu over the scale is the same point nu d of the dual.
    """
    round_into_box(ball, state.moving, D, scale, answer)
    nu /= scale
    primal, quadratic, box = bounds(ball, g, answer, nu, taps)
    numbers[0], numbers[1] = nu, primal
    numbers[2] = nu * np.sqrt(radius * max(quadratic, 0.0)) + box
    return quadratic
