"""The iteration of :mod:`ssimball.ball.solvers.first_order` compiled for the CPU, image by image.

The same algorithm as in :mod:`ssimball.ball.solvers.projected_cg.torch_engine`; see there for what
it does and why.
Nothing is shared between images, so a batch runs on as many threads as torch may use and no result
depends on the batch. Time goes into memory, so each pass over a channel does all it can.
"""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from ssimball.ball.quadratic import QuadraticBall
from ssimball.ball.solvers.projected_cg.coarse import axes, inverses, squares
from ssimball.ball.solvers.projected_cg.layout import (
    D,
    Image,
    Room,
    State,
    empty_image,
    empty_state,
    room_for,
)
from ssimball.ball.solvers.projected_cg.passes import (
    advance,
    apply,
    first_multiplier,
    scale_residual,
    solve_diagonal_all,
    step,
)
from ssimball.ball.solvers.projected_cg.preconditioner import fine_inverse
from ssimball.runtime.compilation import compiled
from ssimball.runtime.threads import each
from ssimball.ssim.filters import Floats

#: A step that turned out best at a length is tried at this much more the next time.
GROWTH = 1.1
#: Weight of what d still lacks when the gap is divided between d and nu.
DAMPING = 0.2
#: Iterations after which A d is computed afresh: rounding errors add up.
REFRESH = 64


def iterate(
    ball: QuadraticBall,
    g: Tensor,
    gap: float,
    max_iterations: int,
    start: tuple[Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Perturbation (B, C, H, W), multiplier (B,) and iterations (B,).

    Args:
        ball: on the CPU, float32 or float64.
        g: the objective, of the ball's type.
        gap: relative duality gap to stop at.
        max_iterations: where to give up.
        start: d (B, C, H, W) and nu (B,) to begin from, not necessarily feasible; the solver's own
            nu where it is not positive. Without it, the solution for the diagonal of A alone.
    """
    kind, (height, width) = g.numpy().dtype, g.shape[2:]
    weights = ball.window.dense(ball.weight, g.shape[2:]).numpy()
    arrays = [t.numpy() for t in (g, ball.lower, ball.upper, ball.diagonal, fine_inverse(ball))]
    own = axes(height, width, kind), squares(height, width, ball.window.taps, g.dtype)
    taps: tuple[Any, ...] = tuple(kind.type(tap) for tap in ball.window.taps)
    limits = (ball.radius, gap, max_iterations)
    given, answer = np.zeros(len(g)), np.zeros_like(arrays[0])
    iterations = np.zeros(len(g), np.int64)
    if start is not None:
        answer = ball.project_box(start[0].to(g)).numpy()
        given = start[1].double().numpy().copy()

    def one(i: int) -> None:
        image = empty_image(arrays[0][i], len(taps))
        image.fixed[..., :width] = np.stack([array[i] for array in arrays], 2)
        image.weight[..., : weights.shape[3]] = weights[i]
        state = empty_state(image)
        state.q[..., :width] = answer[i]
        coarse = inverses(arrays[3][i], weights[i], own[1])
        room = room_for(image, coarse, taps)
        given[i], iterations[i], _ = solve(
            state, image, taps, own[0], coarse, room, start is None, float(given[i]), *limits
        )
        answer[i] = state.moving[:, :, D, :width]

    each(one, len(g), torch.get_num_threads())
    return torch.from_numpy(answer), torch.from_numpy(given), torch.from_numpy(iterations)


@compiled
def solve(
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
) -> tuple[float, int, float]:
    """From the point in ``state.q``; the answer is left in ``state``. nu, iterations, <d, A d>."""
    if nu <= 0:
        nu = first_multiplier(image, radius, room.row[: image.fixed.shape[3]])
    if fresh:
        solve_diagonal_all(state.q, image, nu)
    _begin(state, image, taps, transfers, room, nu)
    # Of each channel: length of a step, and <q, A q>. Only nu ties the channels together.
    memory = np.ones((len(state.q), 2))
    memory[:, 1] = quadratic = 0.0
    for k in range(1, max_iterations + 1):
        if k % REFRESH == 0:
            state.q[:] = state.moving[:, :, D]
            memory[:, 1] = 0
            _begin(state, image, taps, transfers, room, nu)
        primal = quadratic = box = 0.0
        for c in range(len(state.q)):
            sums = _move(state, image, c, taps, transfers, inverses, room, nu, memory[c])
            primal, quadratic, box = primal + sums[0], quadratic + sums[1], box + sums[2]
        reached, correction = _look(primal, quadratic, box, nu, radius)
        if reached <= gap:
            return nu, k, quadratic
        nu *= correction
    return nu, max_iterations, quadratic


@compiled
def _begin(
    state: State, image: Image, taps: tuple[float, ...], transfers: Any, room: Room, nu: float
) -> None:
    """Step from 0 to the point in ``q``."""
    state.moving[:] = 0
    for c in range(len(state.q)):
        apply(state, image, c, taps, room)
        advance(state, image, c, transfers[0][0], room, nu, 1.0)


@compiled
def _move(
    state: State,
    image: Image,
    c: int,
    taps: tuple[float, ...],
    transfers: Any,
    inverses: Any,
    room: Room,
    nu: float,
    memory: Floats,
) -> tuple[float, float, float]:
    """One step of a channel."""
    length, curvature = memory[0], memory[1]
    against = scale_residual(state, image, c, transfers, inverses, room, True)
    beta = max(-against / curvature, 0.0) if curvature > 0 else 0.0
    rise, curvature = step(state, image, c, taps, room, nu, beta, length)
    if rise <= 0:
        # The box has bent the step; the plain projected gradient always leads up.
        length = 1.0
        scale_residual(state, image, c, transfers, inverses, room, False)
        rise, curvature = step(state, image, c, taps, room, nu, 0.0, length)
    best = rise / curvature if curvature > 0 else 1.0
    memory[0], memory[1] = length * GROWTH * min(max(best, 0.1), 2.0), curvature
    return advance(state, image, c, transfers[0][0], room, nu, min(max(best, 0.0), 1.0))


@compiled
def _look(
    primal: float, quadratic: float, box: float, nu: float, radius: float
) -> tuple[float, float]:
    """Relative gap of the iterate, made feasible, and the factor that corrects nu."""
    ratio = np.sqrt(max(quadratic / radius, 1e-12))
    dual = nu * radius * ratio + box
    off = nu * radius * ratio * (1 - ratio)
    rest = max(dual - primal - off, 0.0)
    share = abs(off) / max(abs(off) + DAMPING * rest, 1e-30)
    return 1 - primal / max(ratio, 1.0) / dual, ratio**share
