"""What the compiled solver does with one row of a channel.

Few arrays to a loop: the compiler has to check each that is written against all others, gives up
vector instructions at more than eight, and finds the row in the nearest cache anyway.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import numba

from ssimball.filters import Floats

# error_model: Python's check for division by zero would keep loops from being vectorised.
compiled = numba.njit(fastmath=True, nogil=True, cache=True, error_model="numpy")

_njit: Any = numba.njit
_Function = TypeVar("_Function", bound=Callable[..., Any])


def uncounted(function: _Function) -> _Function:
    """``compiled`` for functions that make no arrays: without counting references to them.

    Every view of an array would count otherwise, a fifth of the time when rows are short.
    """
    options = {"fastmath": True, "nogil": True, "cache": True, "error_model": "numpy"}
    made: _Function = _njit(**options, _nrt=False)(function)
    return made


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
def multiply(x: Floats, factor: Floats) -> None:
    for j in range(x.shape[0]):
        x[j] *= factor[j]


@compiled
def add_diagonal(a_q: Floats, diagonal: Floats, q: Floats) -> float:
    total: Any = q.dtype.type(0)
    for j in range(q.shape[0]):
        a_q[j] += diagonal[j] * q[j]
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
    out: Floats,
) -> None:
    """One row of the preconditioned residual: diagonal and coarse grids, 0 at held pixels."""
    zero = rest.dtype.type(0)
    for j in range(out.shape[0]):
        smooth = near * coarse[j] + far * below[j]
        out[j] = rest[j] * inverse[j] + (zero if rest[j] == 0 else smooth)


@compiled
def direct(
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


@compiled
def slope(g: Floats, a_d: Floats, q: Floats, inverse_nu: float) -> float:
    """One row of <g / nu - A d, q>."""
    total: Any = q.dtype.type(0)
    for j in range(q.shape[0]):
        total += (g[j] * inverse_nu - a_d[j]) * q[j]
    return float(total)


@compiled
def add(x: Floats, t: float, step: Floats) -> None:
    for j in range(x.shape[0]):
        x[j] += t * step[j]


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


@compiled
def dot(x: Floats, y: Floats) -> float:
    total: Any = x.dtype.type(0)
    for j in range(x.shape[0]):
        total += x[j] * y[j]
    return float(total)
