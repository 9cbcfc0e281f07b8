"""The iteration for model Q compiled for the CPU, image by image.

Compiled functions take plain arguments, and many of them. Bundled in tuples, the compiler would
inline and vectorise otherwise, and round otherwise in the last bits.

The algorithm is that of :mod:`ssimball.ball.solvers.projected_cg.torch_engine`, which explains it.
Images share nothing, so a batch runs on as many threads as torch may use, and no result depends on
the batch. Memory traffic takes most of the time, so each pass over a channel does all it can.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ssimball.ball.quadratic import QuadraticBall
from ssimball.ball.solvers.projected_cg.coarse import Axis, Projection, axes, projection, stencils
from ssimball.ball.solvers.projected_cg.layout import (
    CURVATURE,
    DIAGONAL,
    LENGTH,
    D,
    Image,
    Limits,
    State,
    Workspace,
    empty_image,
    empty_state,
    workspace_for,
)
from ssimball.ball.solvers.projected_cg.passes import (
    advance,
    against_direction,
    apply_a,
    diagonal_solution,
    first_multiplier,
    projected_step,
    smooth_correction,
)
from ssimball.ball.solvers.projected_cg.preconditioner import fine_inverse
from ssimball.runtime.compilation import njit_entry, njit_fast
from ssimball.runtime.threads import each
from ssimball.ssim.filters import Floats, copy_row
from ssimball.ssim.windows import Window

#: The next step is tried at this factor times the length that was best for the last one.
GROWTH = 1.1
#: Weight of what d still lacks when the gap is divided between d and nu.
DAMPING = 0.7
#: Iterations after which A d is computed afresh, because rounding errors accumulate.
REFRESH = 64


def iterate(
    ball: QuadraticBall,
    g: Tensor,
    gap: float,
    max_iterations: int,
    start: tuple[Tensor, Tensor] | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Solve model Q for a batch.

    Args:
        ball: on the CPU, float32 or float64.
        g: the objective, (B, C, H, W), of the ball's type.
        gap: relative duality gap at which to stop.
        max_iterations: iteration limit.
        start: d (B, C, H, W) and nu (B,) to start from, not necessarily feasible; where nu is not
            positive the engine chooses its own. Without it, the iteration starts from the solution
            for the diagonal of A alone.

    Returns:
        Perturbation (B, C, H, W), multiplier (B,) and iterations (B,).
    """
    batch, limits = _Batch.of(ball, g), Limits(ball.radius, gap, max_iterations, 0.0)
    d, nu = np.zeros_like(batch.fixed[0]), np.zeros(len(g))
    iterations = np.zeros(len(g), np.int64)
    if start is not None:
        d = ball.project_box(start[0].to(g)).numpy()
        nu = start[1].double().numpy().copy()

    def solve_image(i: int) -> None:
        image, coarse = batch.image(i)
        state, workspace = empty_state(image), workspace_for(image, coarse, len(batch.taps))
        state.q[..., : d.shape[3]] = d[i]
        problem = state, image, batch.taps, batch.transfers, coarse, workspace
        nu[i], iterations[i], _ = solve(*problem, start is None, float(nu[i]), limits)
        d[i] = state.moving[:, :, D, : d.shape[3]]

    each(solve_image, len(g), torch.get_num_threads())
    return torch.from_numpy(d), torch.from_numpy(nu), torch.from_numpy(iterations)


@dataclass(frozen=True)
class _Batch:
    """A batch of problems as arrays.

    Attributes:
        fixed: the arrays of :class:`Image`, in its order, (B, C, H, W) each.
        weight: (B, C, h, w) at every position of stride 1.
        taps: of the window, in the type of the problem.
        transfers: interpolation between the coarse grids.
        projection: of the first coarse grid.
        window: of the ball.
    """

    fixed: list[Floats]
    weight: Floats
    taps: tuple[Any, ...]
    transfers: tuple[tuple[Axis, Axis], ...]
    projection: Projection
    window: Window

    @classmethod
    def of(cls, ball: QuadraticBall, g: Tensor) -> "_Batch":
        dtype, size, window = g.numpy().dtype, g.shape[2:], ball.window
        return cls(
            [t.numpy() for t in (g, ball.lower, ball.upper, ball.diagonal, fine_inverse(ball))],
            window.dense(ball.weight, size).numpy(),
            tuple(dtype.type(tap) for tap in window.taps),
            axes(*size, dtype),
            projection(*size, window, g.dtype),
            window,
        )

    def image(self, i: int) -> tuple[Image, tuple[Floats, ...]]:
        """Return image ``i`` and the stencils of its coarse grids."""
        g = self.fixed[0][i]
        image = empty_image(g.shape, self.window, g.dtype)
        image.fixed[..., : self.fixed[0].shape[3]] = np.stack([array[i] for array in self.fixed], 2)
        image.weight[..., : self.weight.shape[3]] = self.weight[i]
        arrays = self.fixed[DIAGONAL][i], self.weight[i]
        return image, stencils(*arrays, self.projection, self.window)


@njit_entry
def solve(
    state: State,
    image: Image,
    taps: tuple[float, ...],
    transfers: Any,
    stencils: Any,
    workspace: Workspace,
    fresh: bool,
    nu: float,
    limits: Limits,
) -> tuple[float, int, float]:
    """Iterate from the point in ``state.q``, and leave the solution in ``state``.

    With ``fresh`` it starts from the solution for the diagonal of A instead. Where ``nu`` is not
    positive, a first multiplier is computed. Returns nu, iterations, and <d, A d>.
    """
    if nu <= 0:
        nu = first_multiplier(image, limits.radius, workspace.row[: image.fixed.shape[3]])
    if fresh:
        diagonal_solution(state.q, image, nu)
    # Only nu couples the channels.
    quadratic, before = 0.0, nu
    workspace.memory[:] = 1
    _restart(state, image, taps, transfers, workspace, nu)
    for k in range(1, limits.max_iterations + 1):
        if k % REFRESH == 0:
            for c in range(len(state.q)):
                for i in range(state.q.shape[1]):
                    copy_row(state.moving[c, i, D], state.q[c, i])
            _restart(state, image, taps, transfers, workspace, nu)
            before = nu
        primal = quadratic = box = 0.0
        for c in range(len(state.q)):
            sums = _step(state, image, c, taps, transfers, stencils, workspace, nu, before)
            primal, quadratic, box = primal + sums[0], quadratic + sums[1], box + sums[2]
        reached, correction = _gap_and_correction(primal, quadratic, box, nu, limits.radius)
        if reached <= limits.gap:
            return nu, k, quadratic
        before, nu = nu, nu * correction
    return nu, limits.max_iterations, quadratic


@njit_fast
def _restart(
    state: State,
    image: Image,
    taps: tuple[float, ...],
    transfers: Any,
    workspace: Workspace,
    nu: float,
) -> None:
    """Set d to the point in ``q``, by a step from 0; the first step after it has no direction."""
    state.moving[:] = 0
    workspace.memory[:, CURVATURE] = 0
    for c in range(len(state.q)):
        apply_a(state, image, c, taps, workspace)
        advance(state, image, c, transfers[0][0], workspace, nu, 1.0)


@njit_fast
def _step(
    state: State,
    image: Image,
    c: int,
    taps: tuple[float, ...],
    transfers: Any,
    stencils: Any,
    workspace: Workspace,
    nu: float,
    before: float,
) -> tuple[float, float, float]:
    """Take one step of a channel; return the sums of :func:`advance`.

    ``before`` is the multiplier of the last call of :func:`advance`.
    """
    memory, rows = workspace.memory[c], transfers[0][0]
    smooth_correction(c, transfers, stencils, workspace)
    length, curvature = memory[LENGTH], memory[CURVATURE]
    beta = max(-against_direction(c, workspace) / curvature, 0.0) if curvature > 0 else 0.0
    arrays = state, image, c, taps, rows, workspace
    rise, curvature = projected_step(*arrays, nu, before, beta, length)
    if rise <= 0:
        # The projection turned the step downhill; the plain projected gradient always leads up.
        length = 1.0
        workspace.coarse_rows[c] = 0
        rise, curvature = projected_step(*arrays, nu, before, 0.0, length)
    best = rise / curvature if curvature > 0 else 1.0
    memory[LENGTH], memory[CURVATURE] = length * GROWTH * min(max(best, 0.1), 2.0), curvature
    share = min(max(best, 0.0), 1.0)
    return advance(state, image, c, rows, workspace, nu, share)


@njit_fast
def _gap_and_correction(
    primal: float, quadratic: float, box: float, nu: float, radius: float
) -> tuple[float, float]:
    """Return the relative gap of the iterate, made feasible, and the factor that corrects nu."""
    ratio = np.sqrt(max(quadratic / radius, 1e-12))
    dual = nu * radius * ratio + box
    of_nu = nu * radius * ratio * (1 - ratio)
    of_d = max(dual - primal - of_nu, 0.0)
    share = abs(of_nu) / max(abs(of_nu) + DAMPING * of_d, 1e-30)
    return 1 - primal / max(ratio, 1.0) / dual, ratio**share
