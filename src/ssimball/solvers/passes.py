"""Passes of the compiled solver over a channel ``c`` of an image."""

from typing import Any, NamedTuple

import numpy as np

from ssimball.filters import Floats, filter_columns, filter_row
from ssimball.solvers.coarse import Axis, add_row, correct, prolong_rows, restrict_rows
from ssimball.solvers.rows import (
    add,
    add_diagonal,
    compiled,
    direct,
    dot,
    multiply,
    precondition,
    residual,
    slope,
    solve_diagonal,
)

#: Numbers that the compiler may handle at once.
LANES = 16
#: About so many rows decide on the first multiplier.
SAMPLED_ROWS = 32


class Image(NamedTuple):
    """One image of the problem.

    Rows of arrays that are used together lie side by side: apart, they would start at the same
    place of a memory page, and drive each other out of the cache. Each ends in pixels whose box
    and weights are 0, so that its length W+ is a multiple of ``LANES``: what is left over of a row
    would otherwise be done number by number.

    Attributes:
        fixed: (C, H, 5, W+), in the order of the constants below.
        weight: (C, h, W+), at every position of stride 1.
    """

    fixed: Floats
    weight: Floats


G, LOWER, UPPER, DIAGONAL, INVERSE = range(5)


class State(NamedTuple):
    """What changes from step to step.

    Attributes:
        moving: (C, H, 5, W+), in the order of the constants below: iterate d, its image under A,
            g / nu - A d with 0 at pixels that it holds at their bound, the same preconditioned,
            and A q.
        q: the last step, (C, H, W+).
    """

    moving: Floats
    q: Floats


D, _A_D, _REST, _Z, _A_Q = range(5)


class Room(NamedTuple):
    """Room for intermediate results.

    Attributes:
        row, padded, spread: of A on one channel.
        partly: (C, m + 1, W+), residual restricted to the rows of the first coarse grid, later its
            correction; the last row is 0.
        nodes: (m, m') for a channel on each coarse grid.
    """

    row: Floats
    padded: Floats
    spread: Floats
    partly: Floats
    nodes: Any


@compiled
def empty_image(g: Floats, taps: int) -> Image:
    """Room for an image of objective ``g`` (C, H, W), and of its type; inverses are 1 already."""
    channels, height, width = g.shape
    longer = -(-width // LANES) * LANES
    fixed = np.zeros((channels, height, 5, longer), g.dtype)
    fixed[:, :, INVERSE] = 1
    return Image(fixed, np.zeros((channels, height - taps + 1, longer), g.dtype))


@compiled
def empty_state(image: Image) -> State:
    channels, height, _, width = image.fixed.shape
    q = np.zeros((channels, height, width), image.fixed.dtype)
    return State(np.zeros_like(image.fixed), q)


@compiled
def room_for(image: Image, inverses: Any, taps: tuple[float, ...]) -> Room:
    """Room for one image."""
    channels, height, _, width = image.fixed.shape
    kind, border = image.fixed.dtype, len(taps) - 1
    return Room(
        np.zeros(width + border, kind),
        np.zeros(width + border, kind),
        np.zeros((height + border, width), kind),
        np.zeros((channels, inverses[0].shape[1] + 1, width), kind),
        (inverses[0][0].copy(), inverses[1][0].copy(), inverses[2][0].copy()),
    )


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


@compiled
def solve_diagonal_all(d: Floats, image: Image, nu: float) -> None:
    for c in range(d.shape[0]):
        for i in range(d.shape[1]):
            f = image.fixed[c, i]
            solve_diagonal(f[G], f[INVERSE], f[LOWER], f[UPPER], 1 / nu, d[c, i])


@compiled
def apply(state: State, image: Image, c: int, taps: tuple[float, ...], room: Room) -> float:
    """A q. Returns <q, A q>."""
    own = state.q[c], image.weight[c], image.fixed[c], state.moving[c]
    total = 0.0
    for i in range(state.q.shape[1]):
        total += _apply_row(*own, i, taps, room.row, room.padded, room.spread)
    return total


@compiled
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
        mean = padded[border:]
        filter_columns(q, i, taps, row[: q.shape[1]])
        filter_row(row, taps, mean)
        multiply(mean, weight[i])
        filter_row(padded, taps, spread[i + border])
    out = moving[i, _A_Q]
    filter_columns(spread, i, taps, out)
    return add_diagonal(out, fixed[i, DIAGONAL], q[i])


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


@compiled
def _scale_rows(moving_rows: Floats, fixed: Floats, rows: Axis, partly: Floats) -> float:
    total = 0.0
    for i in range(fixed.shape[0]):
        moving, low = moving_rows[i], rows.low[i]
        coarse, below, near, far = partly[low], partly[low + 1], rows.near[i], rows.far[i]
        inverse = fixed[i, INVERSE]
        precondition(moving[_REST], inverse, coarse, below, near, far, moving[_Z])
        total += dot(moving[_Z], moving[_A_Q])
    return total


@compiled
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
        direct(moving[_Z], moving[D], f[LOWER], f[UPPER], factor, scale, q)
        rise += slope(f[G], moving[_A_D], q, inverse_nu)
        # While its rows are still in the nearest cache.
        if i >= border:
            total += _apply_row(*own, i - border, taps, room.row, room.padded, room.spread)
    for i in range(height - border, height):
        total += _apply_row(*own, i, taps, room.row, room.padded, room.spread)
    return rise, total


@compiled
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
        d, a_d, rest = moving[D], moving[_A_D], moving[_REST]
        add(d, share, state.q[c, i])
        add(a_d, share, moving[_A_Q])
        sums = residual(f[G], f[LOWER], f[UPPER], d, a_d, inverse_nu, rest)
        primal, quadratic, box = primal + sums[0], quadratic + sums[1], box + sums[2]
        add_row(rest, i, rows, room.partly[c])
    return primal, quadratic, nu * box
