"""What the compiled solver does with one row of a channel.

Each loop uses few arrays. The compiler has to check each array that is written for overlap with
all others, and gives up vector instructions at more than eight. The rows are still in the nearest
cache for the next loop anyway.
"""

from typing import Any

from ssimball.runtime.compilation import njit_fast
from ssimball.ssim.filters import Floats, column_sum, row_sum


@njit_fast
def diagonal_solution_row(
    g: Floats, inverse: Floats, lower: Floats, upper: Floats, inverse_nu: float, out: Floats
) -> float:
    """Compute one row of the solution d for the diagonal of A alone; return its <d, A d>."""
    factor, total = out.dtype.type(inverse_nu), out.dtype.type(0)
    for j in range(out.shape[0]):
        new = min(max(g[j] * inverse[j] * factor, lower[j]), upper[j])
        out[j] = new
        total += new * new / inverse[j]
    return float(total)


@njit_fast
def unbounded_quadratic_row(g: Floats, inverse: Floats) -> float:
    """Return <d, A d> of one row for the diagonal of A alone, nu = 1, and no box."""
    total: Any = g.dtype.type(0)
    for j in range(g.shape[0]):
        total += g[j] * g[j] * inverse[j]
    return float(total)


@njit_fast
def corner_row(g: Floats, lower: Floats, upper: Floats, out: Floats) -> None:
    """Compute one row of the maximiser over the box alone."""
    zero = out.dtype.type(0)
    for j in range(out.shape[0]):
        outward = upper[j] if g[j] > 0 else lower[j]
        out[j] = zero if g[j] == 0 else outward


@njit_fast
def weighted_mean_row(x: Floats, taps: tuple[float, ...], weight: Floats, out: Floats) -> None:
    """Compute one row of means times their weights."""
    for j in range(out.shape[0]):
        out[j] = weight[j] * row_sum(x, j, taps)


@njit_fast
def apply_a_row(
    spread: Floats, i: int, taps: tuple[float, ...], diagonal: Floats, q: Floats, a_q: Floats
) -> float:
    """Compute row ``i`` of A q; return its part of <q, A q>.

    Row i is the adjoint mean of ``spread`` plus the diagonal times q.
    """
    total: Any = q.dtype.type(0)
    for j in range(q.shape[0]):
        a_q[j] = column_sum(spread, i, j, taps) + diagonal[j] * q[j]
        total += a_q[j] * q[j]
    return float(total)


@njit_fast
def preconditioned_row(
    residual: Floats, inverse: Floats, coarse: Floats, below: Floats, near: float, far: float
) -> None:
    """Precondition one row of the residual in place.

    The result adds up the diagonal and the coarse grids, and is 0 at held pixels.
    """
    zero = residual.dtype.type(0)
    for j in range(residual.shape[0]):
        smooth = near * coarse[j] + far * below[j]
        residual[j] = residual[j] * inverse[j] + (zero if residual[j] == 0 else smooth)


@njit_fast
def projected_step_row(
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
    """Compute one row of the step inside the box; return its part of <g / nu - A d, q>."""
    total: Any = q.dtype.type(0)
    for j in range(q.shape[0]):
        new = d[j] + length * (z[j] + beta * q[j])
        q[j] = min(max(new, lower[j]), upper[j]) - d[j]
        total += (g[j] * inverse_nu - a_d[j]) * q[j]
    return float(total)


@njit_fast
def add_scaled(x: Floats, t: float, step: Floats) -> None:
    """Add ``t`` times ``step`` to ``x``."""
    for j in range(x.shape[0]):
        x[j] += t * step[j]


@njit_fast
def advance_row(d: Floats, a_d: Floats, t: float, q: Floats, a_q: Floats) -> None:
    """Move one row of d and of A d by ``t`` along q."""
    for j in range(d.shape[0]):
        d[j] += t * q[j]
        a_d[j] += t * a_q[j]


@njit_fast
def residual_row(
    g: Floats,
    lower: Floats,
    upper: Floats,
    d: Floats,
    a_d: Floats,
    inverse_nu: float,
    residual: Floats,
) -> None:
    """Compute one row of the residual g / nu - A d, 0 at pixels that it holds at their bound."""
    zero = d.dtype.type(0)
    for j in range(d.shape[0]):
        r = g[j] * inverse_nu - a_d[j]
        # "and" and "or" would keep the loop from being vectorised.
        held = ((d[j] <= lower[j]) & (r < 0)) | ((d[j] >= upper[j]) & (r > 0))
        residual[j] = zero if held else r


@njit_fast
def sums_row(
    g: Floats, lower: Floats, upper: Floats, d: Floats, a_d: Floats, inverse_nu: float
) -> tuple[float, float, float]:
    """Return a row's part of <g, d>, of <d, A d>, and of the most that g / nu - A d can gain."""
    zero = d.dtype.type(0)
    primal: Any = zero
    quadratic: Any = zero
    box: Any = zero
    for j in range(d.shape[0]):
        r = g[j] * inverse_nu - a_d[j]
        primal += g[j] * d[j]
        quadratic += d[j] * a_d[j]
        box += max(r * lower[j], r * upper[j])
    return float(primal), float(quadratic), float(box)


@njit_fast
def products_row(residual: Floats, inverse: Floats, a_q: Floats, out: Floats) -> float:
    """Compute one row of A q, 0 at held pixels; return its part of <M r, A q>.

    M is the inverse of the diagonal, r the residual.
    """
    zero = a_q.dtype.type(0)
    total: Any = zero
    for j in range(a_q.shape[0]):
        out[j] = zero if residual[j] == 0 else a_q[j]
        total += residual[j] * inverse[j] * a_q[j]
    return float(total)


@njit_fast
def dot_row(x: Floats, y: Floats) -> float:
    """Return the product of two rows."""
    total: Any = x.dtype.type(0)
    for j in range(x.shape[0]):
        total += x[j] * y[j]
    return float(total)
