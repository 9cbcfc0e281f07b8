"""Passes of the compiled solver over a channel ``c`` of an image."""

from typing import Any

import numpy as np

from ssimball.ball.solvers.projected_cg.coarse import (
    Axis,
    add_row,
    correct,
    prolong_rows,
    restrict_rows,
)
from ssimball.ball.solvers.projected_cg.layout import (
    A_D,
    A_Q,
    DIAGONAL,
    INVERSE,
    LOWER,
    REST,
    UPPER,
    D,
    G,
    Image,
    Room,
    State,
    Z,
)
from ssimball.ball.solvers.projected_cg.rows import (
    direct,
    image_under_a,
    move,
    precondition,
    residual,
    solve_diagonal,
    weighted_mean,
)
from ssimball.runtime.compilation import compiled, uncounted
from ssimball.ssim.filters import Floats, filter_columns, filter_row

#: About so many rows decide on the first multiplier.
SAMPLED_ROWS = 32


@compiled
def first_multiplier(image: Image, radius: float, row: Floats) -> float:
    """That of the problem with the diagonal of A only, from some of the rows."""
    channels, height, _, width = image.fixed.shape
    every = max(1, height // SAMPLED_ROWS)
    share = radius * len(range(0, height, every)) / height
    # Starts from the solution without box.
    lowest = np.full(width, -1e30, row.dtype)
    nu = 1.0
    for k in range(9):
        total = 0.0
        for c in range(channels):
            for i in range(0, height, every):
                f = image.fixed[c, i]
                lower, upper = (f[LOWER], f[UPPER]) if k > 0 else (lowest, -lowest)
                total += solve_diagonal(f[G], f[INVERSE], lower, upper, 1 / nu, row)
        nu = max(nu * np.sqrt(total / share), 1e-12)
    return nu


@uncounted
def solve_diagonal_all(d: Floats, image: Image, nu: float) -> None:
    for c in range(d.shape[0]):
        for i in range(d.shape[1]):
            f = image.fixed[c, i]
            solve_diagonal(f[G], f[INVERSE], f[LOWER], f[UPPER], 1 / nu, d[c, i])


@uncounted
def apply(state: State, image: Image, c: int, taps: tuple[float, ...], room: Room) -> float:
    """A q. Returns <q, A q>."""
    own = state.q[c], image.weight[c], image.fixed[c], state.moving[c]
    total = 0.0
    for i in range(state.q.shape[1]):
        total += _apply_row(*own, i, taps, room.row, room.padded, room.spread)
    return total


@uncounted
def _apply_row(
    q: Floats,
    weight: Floats,
    fixed: Floats,
    moving: Floats,
    i: int,
    taps: tuple[float, ...],
    row: Floats,
    padded: Floats,
    spread: Floats,
) -> float:
    """Row ``i`` of A q, after those above it. Returns its part of <q, A q>.

    Zeros around the weighted mean make the second mean the adjoint.
    """
    border = len(taps) - 1
    if i < weight.shape[0]:
        filter_columns(q, i, taps, row[: q.shape[1]])
        weighted_mean(row, taps, weight[i], padded[border:])
        filter_row(padded, taps, spread[i + border])
    return image_under_a(spread, i, taps, fixed[i, DIAGONAL], q[i], moving[i, A_Q])


@compiled
def scale_residual(
    state: State, image: Image, c: int, transfers: Any, inverses: Any, room: Room, smooth: bool
) -> float:
    """z from the residual, without the coarse grids if not ``smooth``. Returns <z, A q>."""
    (rows, columns), partly = transfers[0], room.partly[c]
    if smooth:
        restrict_rows(partly, columns, room.nodes[0])
        correct(room.nodes, transfers, inverses, c)
        prolong_rows(room.nodes[0], columns, partly)
        partly[-1] = 0
    else:
        partly[:] = 0
    return _scale_rows(state.moving[c], image.fixed[c], rows, partly)


@uncounted
def _scale_rows(moving_rows: Floats, fixed: Floats, rows: Axis, partly: Floats) -> float:
    total = 0.0
    for i in range(fixed.shape[0]):
        moving, low = moving_rows[i], rows.low[i]
        coarse, below, near, far = partly[low], partly[low + 1], rows.near[i], rows.far[i]
        inverse = fixed[i, INVERSE]
        own = moving[A_Q], moving[Z]
        total += precondition(moving[REST], inverse, coarse, below, near, far, *own)
    return total


@uncounted
def step(
    state: State,
    image: Image,
    c: int,
    taps: tuple[float, ...],
    room: Room,
    nu: float,
    beta: float,
    length: float,
) -> tuple[float, float]:
    """The next q = length (z + beta q) inside the box. Returns <g / nu - A d, q> and <q, A q>."""
    kind: Any = image.fixed.dtype.type
    inverse_nu, factor, scale = kind(1 / nu), kind(beta), kind(length)
    rise, total, border, height = 0.0, 0.0, len(taps) - 1, image.fixed.shape[1]
    own = state.q[c], image.weight[c], image.fixed[c], state.moving[c]
    for i in range(height):
        f, moving, q = image.fixed[c, i], state.moving[c, i], state.q[c, i]
        own_row = moving[Z], moving[D], moving[A_D], f[G], f[LOWER], f[UPPER]
        rise += direct(*own_row, factor, scale, inverse_nu, q)
        # While its rows are still in the nearest cache.
        if i >= border:
            total += _apply_row(*own, i - border, taps, room.row, room.padded, room.spread)
    for i in range(height - border, height):
        total += _apply_row(*own, i, taps, room.row, room.padded, room.spread)
    return rise, total


@uncounted
def advance(
    state: State, image: Image, c: int, rows: Any, room: Room, nu: float, t: float
) -> tuple[float, float, float]:
    """Go along q by ``t`` and take the residual.

    Returns:
        <g, d>, <d, A d>, and the most that g - nu A d can gain in the box.
    """
    kind: Any = image.fixed.dtype.type
    inverse_nu, share = kind(1 / nu), kind(t)
    primal = quadratic = box = 0.0
    room.partly[c] = 0
    for i in range(image.fixed.shape[1]):
        f, moving = image.fixed[c, i], state.moving[c, i]
        d, a_d, rest = moving[D], moving[A_D], moving[REST]
        move(d, a_d, share, state.q[c, i], moving[A_Q])
        sums = residual(f[G], f[LOWER], f[UPPER], d, a_d, inverse_nu, rest)
        primal, quadratic, box = primal + sums[0], quadratic + sums[1], box + sums[2]
        add_row(rest, i, rows, room.partly[c])
    return primal, quadratic, nu * box
