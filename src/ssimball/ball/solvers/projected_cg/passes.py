"""Passes of the compiled solver over a channel ``c`` of an image."""

from typing import Any

import numpy as np

from ssimball.ball.solvers.projected_cg.coarse import (
    CORRECTION,
    GIVEN,
    add_row,
    coarse_correction,
    prolong_rows,
    restrict_rows,
)
from ssimball.ball.solvers.projected_cg.layout import (
    A_D,
    A_Q,
    AGAINST,
    DIAGONAL,
    INVERSE,
    LOWER,
    UPPER,
    D,
    G,
    Image,
    State,
    Workspace,
)
from ssimball.ball.solvers.projected_cg.rows import (
    advance_row,
    apply_a_row,
    diagonal_solution_row,
    dot_row,
    preconditioned_row,
    products_row,
    projected_step_row,
    residual_row,
    sums_row,
    unbounded_quadratic_row,
    weighted_mean_row,
)
from ssimball.runtime.compilation import njit_fast
from ssimball.ssim.filters import (
    Floats,
    filter_columns,
    filter_row,
    mirror_ends,
    mirror_row,
)

#: About this many rows of an image determine the first multiplier.
SAMPLED_ROWS = 32


@njit_fast
def first_multiplier(image: Image, radius: float, row: Floats) -> float:
    """Return the multiplier of the problem with the diagonal of A alone, from some of the rows."""
    channels, height, _, _ = image.fixed.shape
    every = max(1, height // SAMPLED_ROWS)
    share = radius * len(range(0, height, every)) / height
    nu = 1.0
    for k in range(9):
        total = 0.0
        for c in range(channels):
            for i in range(0, height, every):
                f = image.fixed[c, i]
                if k == 0:
                    total += unbounded_quadratic_row(f[G], f[INVERSE])
                else:
                    rows = f[G], f[INVERSE], f[LOWER], f[UPPER]
                    total += diagonal_solution_row(*rows, 1 / nu, row)
        nu = max(nu * np.sqrt(total / share), 1e-12)
    return nu


@njit_fast
def diagonal_solution(d: Floats, image: Image, nu: float) -> None:
    """Set ``d`` to the solution for the diagonal of A alone."""
    for c in range(d.shape[0]):
        for i in range(d.shape[1]):
            f = image.fixed[c, i]
            diagonal_solution_row(f[G], f[INVERSE], f[LOWER], f[UPPER], 1 / nu, d[c, i])


@njit_fast
def apply_a(
    state: State, image: Image, c: int, taps: tuple[float, ...], workspace: Workspace
) -> float:
    """Compute A q of a channel; return <q, A q>."""
    arrays = state.q[c], image.weight[c], image.fixed[c], state.moving[c]
    width, margin = image.width, image.margin
    buffers = workspace.row, workspace.padded, workspace.spread
    total = 0.0
    for i in range(state.q.shape[1]):
        total += _apply_a_row(*arrays, i, taps, width, margin, *buffers)
    return total


@njit_fast
def _apply_a_row(
    q: Floats,
    weight: Floats,
    fixed: Floats,
    moving: Floats,
    i: int,
    taps: tuple[float, ...],
    width: int,
    margin: int,
    row: Floats,
    padded: Floats,
    spread: Floats,
) -> float:
    """Compute row ``i`` of A q, after the rows above it; return its part of <q, A q>.

    Rows of windows run ahead by the margin.
    """
    for k in range(0 if i == 0 else i + margin, min(i + margin + 1, weight.shape[0])):
        _spread_row(q, weight, k, taps, width, margin, row, padded, spread)
    return apply_a_row(spread, i, taps, fixed[i, DIAGONAL], q[i], moving[i, A_Q])


@njit_fast
def _spread_row(
    q: Floats,
    weight: Floats,
    i: int,
    taps: tuple[float, ...],
    width: int,
    margin: int,
    row: Floats,
    padded: Floats,
    spread: Floats,
) -> None:
    """Spread row ``i`` of the weighted means along the row.

    What lies around them makes the second mean the adjoint: zeros, or their mirror image. In the
    padding of a row it leaves numbers that meet nothing but zeros.
    """
    first, columns = len(taps) - 1 - margin, q.shape[1]
    filter_columns(q, i - margin, taps, row[margin : margin + columns])
    mirror_ends(row, margin, width)
    weighted_mean_row(row, taps, weight[i], padded[first : first + columns])
    mirror_ends(padded, margin, width)
    filter_row(padded, taps, spread[i + first])
    mirror_row(spread, i, margin)


@njit_fast
def smooth_correction(c: int, transfers: Any, stencils: Any, workspace: Workspace) -> None:
    """Turn the restricted residual of a channel into the correction by the coarse grids."""
    columns, coarse_rows = transfers[0][1], workspace.coarse_rows[c]
    restrict_rows(coarse_rows, columns, workspace.grids[0][GIVEN])
    coarse_correction(workspace, transfers, stencils, c)
    prolong_rows(workspace.grids[0][CORRECTION], columns, coarse_rows)


@njit_fast
def against_direction(c: int, workspace: Workspace) -> float:
    """Return <z, A q> of a channel, with z the preconditioned residual, q the last step.

    ``workspace.coarse_rows`` holds the correction by the coarse grids, which is the rest of z
    beside the part of the diagonal.
    """
    correction, products = workspace.coarse_rows[c], workspace.coarse_products[c]
    total = float(workspace.memory[c, AGAINST])
    for i in range(correction.shape[0]):
        total += dot_row(correction[i], products[i])
    return total


@njit_fast
def projected_step(
    state: State,
    image: Image,
    c: int,
    taps: tuple[float, ...],
    rows: Any,
    workspace: Workspace,
    nu: float,
    nu_before: float,
    beta: float,
    length: float,
) -> tuple[float, float]:
    """Compute the next q = length (z + beta q) of a channel, projected onto the box, and A q.

    z is the preconditioned residual for ``nu_before``, the multiplier of :func:`advance`. It is
    computed row by row, never stored.

    Returns:
        <g / nu - A d, q> and <q, A q>.
    """
    dtype: Any = image.fixed.dtype.type
    numbers, inverse_before = (dtype(beta), dtype(length), dtype(1 / nu)), dtype(1 / nu_before)
    rise, total, border, height = 0.0, 0.0, len(taps) - 1, image.fixed.shape[1]
    arrays = state.q[c], image.weight[c], image.fixed[c], state.moving[c]
    buffers = workspace.row, workspace.padded, workspace.spread
    width, margin, coarse_rows = image.width, image.margin, workspace.coarse_rows[c]
    z = workspace.products
    for i in range(height):
        f, moving, low = image.fixed[c, i], state.moving[c, i], rows.low[i]
        point, box = (moving[D], moving[A_D]), (f[LOWER], f[UPPER])
        residual_row(f[G], *box, *point, inverse_before, z)
        coarse, below = coarse_rows[low], coarse_rows[low + 1]
        preconditioned_row(z, f[INVERSE], coarse, below, rows.near[i], rows.far[i])
        rise += projected_step_row(z, *point, f[G], *box, *numbers, state.q[c, i])
        # Apply A while the rows are still in the nearest cache.
        if i >= border:
            total += _apply_a_row(*arrays, i - border, taps, width, margin, *buffers)
    for i in range(height - border, height):
        total += _apply_a_row(*arrays, i, taps, width, margin, *buffers)
    return rise, total


@njit_fast
def advance(
    state: State, image: Image, c: int, rows: Any, workspace: Workspace, nu: float, t: float
) -> tuple[float, float, float]:
    """Move a channel by ``t`` along q, and restrict the residual there to the coarse grid.

    Returns:
        <g, d>, <d, A d>, and the most that g - nu A d can gain in the box.
    """
    dtype: Any = image.fixed.dtype.type
    inverse_nu, share, residual = dtype(1 / nu), dtype(t), workspace.row[: image.fixed.shape[3]]
    primal = quadratic = box = against = 0.0
    workspace.coarse_rows[c] = 0
    workspace.coarse_products[c] = 0
    for i in range(image.fixed.shape[1]):
        f, moving = image.fixed[c, i], state.moving[c, i]
        advance_row(moving[D], moving[A_D], share, state.q[c, i], moving[A_Q])
        arrays = f[G], f[LOWER], f[UPPER], moving[D], moving[A_D]
        sums = sums_row(*arrays, inverse_nu)
        primal, quadratic, box = primal + sums[0], quadratic + sums[1], box + sums[2]
        residual_row(*arrays, inverse_nu, residual)
        add_row(residual, i, rows, workspace.coarse_rows[c])
        against += products_row(residual, f[INVERSE], moving[A_Q], workspace.products)
        add_row(workspace.products, i, rows, workspace.coarse_products[c])
    workspace.memory[c, AGAINST] = against
    return primal, quadratic, nu * box
