"""What the compiled solver does with one row of a channel.

Few arrays to a loop: the compiler has to check each that is written against all others, gives up
vector instructions at more than eight, and finds the row in the nearest cache anyway.
"""

from typing import Any

from ssimball.runtime.compilation import compiled
from ssimball.ssim.filters import Floats, column_sum, row_sum


@compiled
def solve_diagonal(
    g: Floats, inverse: Floats, lower: Floats, upper: Floats, inverse_nu: float, out: Floats
) -> float:
    """One row of the solution d for the diagonal of A alone. Returns <d, A d>."""
    factor, total = out.dtype.type(inverse_nu), out.dtype.type(0)
    for j in range(out.shape[0]):
        new = min(max(g[j] * inverse[j] * factor, lower[j]), upper[j])
        out[j] = new
        total += new * new / inverse[j]
    return float(total)


@compiled
def corner(g: Floats, lower: Floats, upper: Floats, out: Floats) -> None:
    """One row of the maximiser over the box alone."""
    zero = out.dtype.type(0)
    for j in range(out.shape[0]):
        outward = upper[j] if g[j] > 0 else lower[j]
        out[j] = zero if g[j] == 0 else outward


@compiled
def weighted_mean(x: Floats, taps: tuple[float, ...], weight: Floats, out: Floats) -> None:
    """One row of means times their weights."""
    for j in range(out.shape[0]):
        out[j] = weight[j] * row_sum(x, j, taps)


@compiled
def image_under_a(
    spread: Floats, i: int, taps: tuple[float, ...], diagonal: Floats, q: Floats, a_q: Floats
) -> float:
    """Row ``i`` of A q: the adjoint mean of what is ``spread``, and the diagonal. <q, A q>."""
    total: Any = q.dtype.type(0)
    for j in range(q.shape[0]):
        a_q[j] = column_sum(spread, i, j, taps) + diagonal[j] * q[j]
        total += a_q[j] * q[j]
    return float(total)


@compiled
def precondition(
    rest: Floats,
    inverse: Floats,
    coarse: Floats,
    below: Floats,
    near: float,
    far: float,
    a_q: Floats,
    out: Floats,
) -> float:
    """One row of the preconditioned residual z: diagonal and coarse grids, 0 at held pixels.

    Returns its part of <z, A q>.
    """
    zero = rest.dtype.type(0)
    total: Any = zero
    for j in range(out.shape[0]):
        smooth = near * coarse[j] + far * below[j]
        out[j] = rest[j] * inverse[j] + (zero if rest[j] == 0 else smooth)
        total += out[j] * a_q[j]
    return float(total)


@compiled
def direct(
    z: Floats,
    d: Floats,
    a_d: Floats,
    g: Floats,
    lower: Floats,
    upper: Floats,
    beta: float,
    length: float,
    inverse_nu: float,
    q: Floats,
) -> float:
    """One row of the step inside the box. Returns its part of <g / nu - A d, q>."""
    total: Any = q.dtype.type(0)
    for j in range(q.shape[0]):
        new = d[j] + length * (z[j] + beta * q[j])
        q[j] = min(max(new, lower[j]), upper[j]) - d[j]
        total += (g[j] * inverse_nu - a_d[j]) * q[j]
    return float(total)


@compiled
def add(x: Floats, t: float, step: Floats) -> None:
    for j in range(x.shape[0]):
        x[j] += t * step[j]


@compiled
def move(d: Floats, a_d: Floats, t: float, q: Floats, a_q: Floats) -> None:
    """One row of d and of A d, ``t`` along q."""
    for j in range(d.shape[0]):
        d[j] += t * q[j]
        a_d[j] += t * a_q[j]


@compiled
def residual(
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
