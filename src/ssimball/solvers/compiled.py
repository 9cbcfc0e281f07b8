"""The iteration of :mod:`ssimball.solvers.first_order` compiled for the CPU, image by image.

The same algorithm as in :mod:`ssimball.solvers.batched`; see there for what it does and why.
Nothing is shared between images, so a batch runs on as many threads as torch may use and no result
depends on the batch. Time goes into memory, so each pass over a channel does all it can.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import numba
import numpy as np
import torch
from torch import Tensor

from ssimball.ball import QuadraticBall
from ssimball.filters import Floats, filter_columns, filter_row
from ssimball.solvers.coarse import add_row, axes, correct, prolong_rows, restrict_rows
from ssimball.solvers.multilevel import coarse_grids, fine_inverse

#: A step that turned out best at a length is tried at this much more the next time.
GROWTH = 1.1
#: Weight of what d still lacks when the gap is divided between d and nu.
DAMPING = 0.3
#: Iterations after which A d is computed afresh: rounding errors add up.
REFRESH = 64
#: About so many rows decide on the first multiplier.
SAMPLED_ROWS = 32

# error_model: Python's check for division by zero would keep loops from being vectorised.
_compile = numba.njit(fastmath=True, nogil=True, cache=True, error_model="numpy")


class _Image(NamedTuple):
    """One image of the problem.

    Rows of arrays that are used together lie side by side: apart, they would start at the same
    place of a memory page, and drive each other out of the cache.

    Attributes:
        fixed: (C, H, 5, W), in the order of the constants below.
        weight: (C, h, w).
    """

    fixed: Floats
    weight: Floats


_G, _LOWER, _UPPER, _DIAGONAL, _INVERSE = range(5)


class _State(NamedTuple):
    """What changes from step to step.

    Attributes:
        moving: (C, H, 4, W), in the order of the constants below: iterate d, its image under A,
            g / nu - A d with 0 at pixels that it holds at their bound, and A q.
        q: the last step, (C, H, W).
    """

    moving: Floats
    q: Floats


_D, _A_D, _REST, _A_Q = range(4)


class _Room(NamedTuple):
    """Room for intermediate results.

    Attributes:
        row, padded, spread: of A on one channel.
        coarse: (2, C, m + 1, W), residual and A q restricted to every fourth row; later the
            correction in place of the residual.
        other: (m, m'), a channel on the first coarse grid.
        nodes: the same on every coarse grid.
    """

    row: Floats
    padded: Floats
    spread: Floats
    coarse: Floats
    other: Floats
    nodes: Any


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
    grids, weight = coarse_grids(ball), ball.dense_weight()
    fixed = (g, ball.lower, ball.upper, ball.diagonal, fine_inverse(ball))
    transfers = axes(grids)
    typed: tuple[Any, ...] = tuple(g.numpy().dtype.type(tap) for tap in ball.window.taps)
    limits = (ball.radius, gap, max_iterations, check_every)
    given, answer = torch.zeros(len(g), dtype=torch.float64), torch.zeros_like(g)
    if start is not None:
        answer, given = ball.project_box(start[0].to(g)), start[1].double()

    def one(i: int) -> tuple[float, int]:
        image = _Image(torch.stack([t[i] for t in fixed], 2).numpy(), weight[i].numpy())
        inverses = tuple(grid.inverse[i].numpy() for grid in grids)
        nodes = tuple(np.empty_like(inverse[0]) for inverse in inverses)
        moving = g.new_zeros(*g.shape[1:3], 4, g.shape[3])
        state = _State(moving.numpy(), answer[i].clone().numpy())
        nu, iterations = _solve(
            state, image, typed, transfers, inverses, nodes, start is None, float(given[i]), *limits
        )
        answer[i] = moving[:, :, _D]
        return nu, iterations

    with ThreadPoolExecutor(min(len(g), torch.get_num_threads())) as pool:
        found = list(pool.map(one, range(len(g))))
    nu = torch.tensor([nu for nu, _ in found], dtype=torch.float64)
    return answer, nu, torch.tensor([iterations for _, iterations in found])


@_compile
def _solve(
    state: _State,
    image: _Image,
    taps: tuple[float, ...],
    transfers: Any,
    inverses: Any,
    nodes: Any,
    fresh: bool,
    nu: float,
    radius: float,
    gap: float,
    max_iterations: int,
    check_every: int,
) -> tuple[float, int]:
    """Multiplier and iterations; the answer is left in ``state``."""
    channels, height, _, width = image.fixed.shape
    border = len(taps) - 1
    kind = image.fixed.dtype
    room = _Room(
        np.empty(width, kind),
        np.zeros(width + border, kind),
        np.zeros((height + border, width), kind),
        np.zeros((2, channels, inverses[0].shape[1] + 1, width), kind),
        np.empty_like(inverses[0][0]),
        nodes,
    )
    if nu <= 0:
        nu = _first_multiplier(image, radius, room.row)
    if fresh:
        _solve_diagonal_all(state.q, image, nu)
    sums = _begin(state, image, taps, transfers, room, nu)
    length, curvature = 1.0, 0.0
    for k in range(1, max_iterations + 1):
        if k % REFRESH == 0:
            state.q[:] = state.moving[:, :, _D]
            sums, curvature = _begin(state, image, taps, transfers, room, nu), 0.0
        against = sums[3] + _correct_all(transfers, inverses, room)
        beta = max(-against / curvature, 0.0) if curvature > 0 else 0.0
        slope = _direct_all(state, image, transfers, room, nu, beta, length)
        if slope <= 0:
            # The box has bent the step; the plain projected gradient always leads up.
            length, room.coarse[:] = 1.0, 0
            slope = _direct_all(state, image, transfers, room, nu, 0.0, length)
        curvature = _apply_all(state, image, taps, room)
        best = slope / curvature if curvature > 0 else 1.0
        length *= GROWTH * min(max(best, 0.1), 2.0)
        sums = _advance_all(state, image, transfers, room, nu, min(max(best, 0.0), 1.0))
        if k % check_every and k < max_iterations:
            continue
        primal, quadratic, box = sums[0], sums[1], sums[2]
        ratio = np.sqrt(max(quadratic / radius, 1e-12))
        dual = nu * radius * ratio + box
        if 1 - primal / max(ratio, 1.0) / dual <= gap:
            return nu, k
        off = nu * radius * ratio * (1 - ratio)
        rest = max(dual - primal - off, 0.0)
        nu *= ratio ** (abs(off) / max(abs(off) + DAMPING * rest, 1e-30))
    return nu, max_iterations


@_compile
def _begin(
    state: _State, image: _Image, taps: tuple[float, ...], transfers: Any, room: _Room, nu: float
) -> tuple[float, float, float, float]:
    """Step from 0 to the point in ``q``."""
    state.moving[:] = 0
    _apply_all(state, image, taps, room)
    return _advance_all(state, image, transfers, room, nu, 1.0)


@_compile
def _first_multiplier(image: _Image, radius: float, row: Floats) -> float:
    """That of the problem with the diagonal of A only, from some of the rows."""
    channels, height, _, width = image.fixed.shape
    every = max(1, height // SAMPLED_ROWS)
    share = radius * len(range(0, height, every)) / height
    # Starts from the solution without box.
    lowest = np.full(width, -np.inf, row.dtype)
    nu = 1.0
    for k in range(9):
        total = 0.0
        for c in range(channels):
            for i in range(0, height, every):
                f = image.fixed[c, i]
                lower, upper = (f[_LOWER], f[_UPPER]) if k > 0 else (lowest, -lowest)
                total += _solve_diagonal(f[_G], f[_INVERSE], lower, upper, 1 / nu, row)
        nu = max(nu * np.sqrt(total / share), 1e-12)
    return nu


@_compile
def _solve_diagonal_all(d: Floats, image: _Image, nu: float) -> None:
    for c in range(d.shape[0]):
        for i in range(d.shape[1]):
            f = image.fixed[c, i]
            _solve_diagonal(f[_G], f[_INVERSE], f[_LOWER], f[_UPPER], 1 / nu, d[c, i])


@_compile
def _solve_diagonal(
    g: Floats, inverse: Floats, lower: Floats, upper: Floats, inverse_nu: float, out: Floats
) -> float:
    """One row of the solution d for the diagonal of A alone. Returns <d, A d>."""
    factor, total = out.dtype.type(inverse_nu), out.dtype.type(0)
    for j in range(out.shape[0]):
        new = min(max(g[j] * inverse[j] * factor, lower[j]), upper[j])
        out[j] = new
        total += new * new / inverse[j]
    return float(total)


@_compile
def _apply_all(state: _State, image: _Image, taps: tuple[float, ...], room: _Room) -> float:
    """A q; zeros around the weighted mean make the second mean the adjoint. Returns <q, A q>."""
    border, (channels, height, width) = len(taps) - 1, image.weight.shape
    mean, total = room.padded[border : border + width], 0.0
    for c in range(channels):
        q = state.q[c]
        for i in range(height):
            filter_columns(q, i, taps, room.row)
            filter_row(room.row, taps, mean)
            _multiply(mean, image.weight[c, i])
            filter_row(room.padded, taps, room.spread[i + border])
        for i in range(q.shape[0]):
            out = state.moving[c, i, _A_Q]
            filter_columns(room.spread, i, taps, out)
            total += _add_diagonal(out, image.fixed[c, i, _DIAGONAL], q[i])
    return total


@_compile
def _multiply(x: Floats, factor: Floats) -> None:
    for j in range(x.shape[0]):
        x[j] *= factor[j]


@_compile
def _add_diagonal(a_q: Floats, diagonal: Floats, q: Floats) -> float:
    total: Any = q.dtype.type(0)
    for j in range(q.shape[0]):
        a_q[j] += diagonal[j] * q[j]
        total += a_q[j] * q[j]
    return float(total)


@_compile
def _correct_all(transfers: Any, inverses: Any, room: _Room) -> float:
    """Correction of the restricted residual by the coarse grids, interpolated along rows.

    Returns:
        Its product with the restricted A q.
    """
    columns, total = transfers[0][1], 0.0
    for c in range(room.coarse.shape[1]):
        of_rest, of_a_q = room.coarse[0, c], room.coarse[1, c]
        restrict_rows(of_rest, columns, room.nodes[0])
        correct(room.nodes, transfers, inverses, c)
        restrict_rows(of_a_q, columns, room.other)
        total += (room.nodes[0] * room.other).sum()
        prolong_rows(room.nodes[0], columns, of_rest)
        of_rest[-1] = 0
    return total


@_compile
def _direct_all(
    state: _State,
    image: _Image,
    transfers: Any,
    room: _Room,
    nu: float,
    beta: float,
    length: float,
) -> float:
    """The next step q inside the box, conjugate to the last one. Returns <g / nu - A d, q>."""
    rows, total = transfers[0][0], 0.0
    kind = image.fixed.dtype.type
    inverse_nu, factor, step = kind(1 / nu), kind(beta), kind(length)
    for c in range(image.fixed.shape[0]):
        for i in range(image.fixed.shape[1]):
            f, moving, q, low = image.fixed[c, i], state.moving[c, i], state.q[c, i], rows.low[i]
            coarse, below = room.coarse[0, c, low], room.coarse[0, c, low + 1]
            near, far = rows.near[i], rows.far[i]
            _precondition(moving[_REST], f[_INVERSE], coarse, below, near, far, room.row)
            _direct(room.row, moving[_D], f[_LOWER], f[_UPPER], factor, step, q)
            total += _slope(f[_G], moving[_A_D], q, inverse_nu)
    return total


@_compile
def _precondition(
    rest: Floats,
    inverse: Floats,
    coarse: Floats,
    below: Floats,
    near: float,
    far: float,
    out: Floats,
) -> None:
    """One row of the preconditioned residual: diagonal and coarse grids, 0 at held pixels."""
    zero = rest.dtype.type(0)
    for j in range(out.shape[0]):
        smooth = near * coarse[j] + far * below[j]
        out[j] = rest[j] * inverse[j] + (zero if rest[j] == 0 else smooth)


@_compile
def _direct(
    z: Floats,
    d: Floats,
    lower: Floats,
    upper: Floats,
    beta: float,
    length: float,
    q: Floats,
) -> None:
    """One row of the step inside the box."""
    for j in range(q.shape[0]):
        new = d[j] + length * (z[j] + beta * q[j])
        q[j] = min(max(new, lower[j]), upper[j]) - d[j]


@_compile
def _slope(g: Floats, a_d: Floats, q: Floats, inverse_nu: float) -> float:
    """One row of <g / nu - A d, q>."""
    total: Any = q.dtype.type(0)
    for j in range(q.shape[0]):
        total += (g[j] * inverse_nu - a_d[j]) * q[j]
    return float(total)


@_compile
def _advance_all(
    state: _State, image: _Image, transfers: Any, room: _Room, nu: float, t: float
) -> tuple[float, float, float, float]:
    """Go along q by ``t`` and restrict what is left.

    Returns:
        <g, d>, <d, A d>, the most that g - nu A d can gain in the box, and the product of the
        residual over the diagonal with A q.
    """
    rows = transfers[0][0]
    kind = image.fixed.dtype.type
    inverse_nu, step = kind(1 / nu), kind(t)
    primal = quadratic = box = against = 0.0
    room.coarse[:] = 0
    for c in range(image.fixed.shape[0]):
        for i in range(image.fixed.shape[1]):
            f, moving = image.fixed[c, i], state.moving[c, i]
            d, a_d, rest, a_q = moving[_D], moving[_A_D], moving[_REST], moving[_A_Q]
            _add(d, step, state.q[c, i])
            _add(a_d, step, a_q)
            sums = _residual(f[_G], f[_LOWER], f[_UPPER], d, a_d, inverse_nu, rest)
            primal, quadratic, box = primal + sums[0], quadratic + sums[1], box + sums[2]
            against += _mask(rest, f[_INVERSE], a_q, room.row)
            add_row(rest, i, rows, room.coarse[0, c])
            add_row(room.row, i, rows, room.coarse[1, c])
    return primal, quadratic, nu * box, against


@_compile
def _add(x: Floats, t: float, step: Floats) -> None:
    for j in range(x.shape[0]):
        x[j] += t * step[j]


@_compile
def _residual(
    g: Floats,
    lower: Floats,
    upper: Floats,
    d: Floats,
    a_d: Floats,
    inverse_nu: float,
    rest: Floats,
) -> tuple[float, float, float]:
    """One row of the residual, and its part of the sums."""
    zero = d.dtype.type(0)
    primal: Any = zero
    quadratic: Any = zero
    box: Any = zero
    for j in range(d.shape[0]):
        r = g[j] * inverse_nu - a_d[j]
        # "and" and "or" would keep the loop from being vectorised.
        held = ((d[j] <= lower[j]) & (r < 0)) | ((d[j] >= upper[j]) & (r > 0))
        rest[j] = zero if held else r
        primal += g[j] * d[j]
        quadratic += d[j] * a_d[j]
        box += max(r * lower[j], r * upper[j])
    return float(primal), float(quadratic), float(box)


@_compile
def _mask(rest: Floats, inverse: Floats, a_q: Floats, out: Floats) -> float:
    """One row of A q with 0 at held pixels, and of its product with the residual."""
    zero = rest.dtype.type(0)
    total: Any = zero
    for j in range(out.shape[0]):
        total += rest[j] * inverse[j] * a_q[j]
        out[j] = zero if rest[j] == 0 else a_q[j]
    return float(total)
