"""The iteration of :mod:`ssimball.solvers.first_order` compiled for the CPU, image by image.

The same algorithm as in :mod:`ssimball.solvers.batched`; see there for what it does and why.
Nothing is shared between images, so a batch runs on as many threads as torch may use and no result
depends on the batch. Time goes into memory, so each pass over a channel does all it can.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ssimball.quadratic import QuadraticBall
from ssimball.solvers.coarse import axes
from ssimball.solvers.multilevel import coarse_grids, fine_inverse
from ssimball.solvers.passes import (
    D,
    Image,
    Room,
    State,
    advance_all,
    apply,
    first_multiplier,
    precondition_all,
    room_for,
    solve_diagonal_all,
    step_all,
)
from ssimball.solvers.rows import compiled

#: A step that turned out best at a length is tried at this much more the next time.
GROWTH = 1.1
#: Weight of what d still lacks when the gap is divided between d and nu.
DAMPING = 0.3
#: Iterations after which A d is computed afresh: rounding errors add up.
REFRESH = 64


def iterate(
    ball: QuadraticBall,
    g: Tensor,
    gap: float,
    max_iterations: int,
    check_every: int,
    start: tuple[Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Perturbation (B, C, H, W), multiplier (B,) and iterations (B,).

    Args:
        ball: on the CPU, float32 or float64.
        g: the objective, of the ball's type.
        gap: relative duality gap to stop at.
        max_iterations: where to give up.
        check_every: iterations between looks at the gap and corrections of nu.
        start: d (B, C, H, W) and nu (B,) to begin from, not necessarily feasible; the solver's own
            nu where it is not positive. Without it, the solution for the diagonal of A alone.
    """
    grids, weights = coarse_grids(ball), ball.dense_weight().numpy()
    arrays = [t.numpy() for t in (g, ball.lower, ball.upper, ball.diagonal, fine_inverse(ball))]
    transfers = axes(*g.shape[2:], g.numpy().dtype)
    typed: tuple[Any, ...] = tuple(g.numpy().dtype.type(tap) for tap in ball.window.taps)
    limits = (ball.radius, gap, max_iterations, check_every)
    given, answer = np.zeros(len(g)), np.zeros_like(arrays[0])
    if start is not None:
        answer = ball.project_box(start[0].to(g)).numpy()
        given = start[1].double().numpy()

    def one(i: int) -> tuple[float, int]:
        image = Image(np.stack([array[i] for array in arrays], 2), weights[i])
        inverses = tuple(grid.inverse[i].numpy() for grid in grids)
        moving = np.empty((*answer.shape[1:3], 5, answer.shape[3]), answer.dtype)
        state = State(moving, answer[i].copy())
        room = room_for(image, inverses, len(typed))
        nu, iterations = _solve(
            state, image, typed, transfers, inverses, room, start is None, float(given[i]), *limits
        )
        answer[i] = moving[:, :, D]
        return nu, iterations

    with ThreadPoolExecutor(min(len(g), torch.get_num_threads())) as pool:
        found = list(pool.map(one, range(len(g))))
    nu = torch.tensor([nu for nu, _ in found], dtype=torch.float64)
    return torch.from_numpy(answer), nu, torch.tensor([iterations for _, iterations in found])


@compiled
def _solve(
    state: State,
    image: Image,
    taps: tuple[float, ...],
    transfers: Any,
    inverses: Any,
    room: Room,
    fresh: bool,
    nu: float,
    radius: float,
    gap: float,
    max_iterations: int,
    check_every: int,
) -> tuple[float, int]:
    """From the point in ``state.q``; the answer is left in ``state``."""
    rows = transfers[0][0]
    if nu <= 0:
        nu = first_multiplier(image, radius, room.row)
    if fresh:
        solve_diagonal_all(state.q, image, nu)
    _begin(state, image, taps, rows, room, nu)
    length, curvature = 1.0, 0.0
    for k in range(1, max_iterations + 1):
        if k % REFRESH == 0:
            state.q[:] = state.moving[:, :, D]
            curvature = 0.0
            _begin(state, image, taps, rows, room, nu)
        against = precondition_all(state, image, transfers, inverses, room, True)
        beta = max(-against / curvature, 0.0) if curvature > 0 else 0.0
        rise, curvature = step_all(state, image, taps, room, nu, beta, length)
        if rise <= 0:
            # The box has bent the step; the plain projected gradient always leads up.
            length = 1.0
            precondition_all(state, image, transfers, inverses, room, False)
            rise, curvature = step_all(state, image, taps, room, nu, 0.0, length)
        best = rise / curvature if curvature > 0 else 1.0
        length *= GROWTH * min(max(best, 0.1), 2.0)
        sums = advance_all(state, image, rows, room, nu, min(max(best, 0.0), 1.0))
        if k % check_every and k < max_iterations:
            continue
        reached, correction = _look(sums, nu, radius)
        if reached <= gap:
            return nu, k
        nu *= correction
    return nu, max_iterations


@compiled
def _begin(
    state: State, image: Image, taps: tuple[float, ...], rows: Any, room: Room, nu: float
) -> None:
    """Step from 0 to the point in ``q``."""
    state.moving[:] = 0
    for c in range(state.q.shape[0]):
        apply(state, image, c, taps, room)
    advance_all(state, image, rows, room, nu, 1.0)


@compiled
def _look(sums: tuple[float, float, float], nu: float, radius: float) -> tuple[float, float]:
    """Relative gap of the iterate, made feasible, and the factor that corrects nu."""
    primal, quadratic, box = sums
    ratio = np.sqrt(max(quadratic / radius, 1e-12))
    dual = nu * radius * ratio + box
    off = nu * radius * ratio * (1 - ratio)
    rest = max(dual - primal - off, 0.0)
    share = abs(off) / max(abs(off) + DAMPING * rest, 1e-30)
    return 1 - primal / max(ratio, 1.0) / dual, ratio**share
