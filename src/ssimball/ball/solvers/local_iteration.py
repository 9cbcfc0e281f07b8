"""The iteration for model L compiled for the CPU, channel by channel; see ``local`` for the method.

Everything is in terms of u = d - k x, for which both constraints of a window are centred: its
variance is at most ``radius``, and its mean at most ``half_width`` in magnitude. A row goes through
all its steps while it is in the nearest cache. All arrays of a problem have one type.
"""

from typing import Any, NamedTuple

import numpy as np

from ssimball.ball.solvers.local_rows import (
    Pace,
    centre_row,
    filter_column_squares,
    follow_row,
    luminance_row,
    rates_row,
    slope_row,
    step_row,
    structure_row,
)
from ssimball.runtime.compilation import njit_entry, njit_fast
from ssimball.ssim.filters import (
    Floats,
    filter_columns,
    filter_row,
    mean_row,
    mirror_ends,
    mirror_row,
)


class LocalProblem(NamedTuple):
    """What stays fixed; windows are at stride 1.

    Attributes:
        g: the objective, (C, H, W).
        lower: least u in the box, (C, H, W).
        upper: largest u in the box, (C, H, W).
        radius: largest variance of u, (C, h, w); any positive number where there is no window.
        half_width: largest magnitude of the mean of u, likewise.
        floor: least lambda, (C, h, w).
        penalty: of each window's interval, (C, h, w); 0 where there is no window.
        margin: number of mirrored pixels around the image.
    """

    g: Floats
    lower: Floats
    upper: Floats
    radius: Floats
    half_width: Floats
    floor: Floats
    penalty: Floats
    margin: int


class LocalState(NamedTuple):
    """What changes; multipliers are 0 where there is no window.

    Attributes:
        u: the iterate, (C, H, W).
        v: the extrapolated point, (C, H, W).
        structure: lambda of each window, (C, h, w).
        luminance: y of each window, (C, h, w).
        power: exponent of each lambda's factor, (C, h, w).
        largest_power: its limit.
        velocity: the last logarithmic step of lambda.
        direction: the last logarithm of a window's usage.
    """

    u: Floats
    v: Floats
    structure: Floats
    luminance: Floats
    power: Floats
    largest_power: Floats
    velocity: Floats
    direction: Floats


class Workspace(NamedTuple):
    """Arrays for intermediate results.

    Attributes:
        rows: (3, W).
        row: one row with its margin, (W + 2 margin,).
        moments: mean and variance of one row of windows, (2, w).
        padded: rows of weights with what lies around them, (3, W + border): zeros, or their mirror
            image.
        spread: weights spread along the rows with what lies around them, (3, H + border, W).
    """

    rows: Floats
    row: Floats
    moments: Floats
    padded: Floats
    spread: Floats


def workspace_for(problem: LocalProblem) -> Workspace:
    """Return the workspace for one image."""
    (height, width), windows, dtype = problem.g.shape[1:], problem.radius.shape[2], problem.g.dtype
    border = width - windows + 2 * problem.margin
    return Workspace(
        np.empty((3, width), dtype),
        np.empty(width + 2 * problem.margin, dtype),
        np.empty((2, windows), dtype),
        np.zeros((3, width + border), dtype),
        np.zeros((3, height + border, width), dtype),
    )


@njit_entry
def iterate(
    problem: LocalProblem,
    state: LocalState,
    pace: Pace,
    c: int,
    taps: tuple[float, ...],
    workspace: Workspace,
    momentum: float,
) -> tuple[float, float, float]:
    """Update the multipliers of a channel at v, then take one step from v.

    Args:
        problem: of the image.
        state: updated in place.
        pace: of the multipliers.
        c: the channel.
        taps: of the window, of the arrays' type.
        workspace: for the image.
        momentum: share of the step from u that v is ahead of the new u.

    Returns:
        The dual bound of v with the new multipliers, without a constant; <g, u>; and how much the
        step points uphill, positive where momentum should be given up.
    """
    dtype: Any = state.v.dtype.type
    rows, spread = workspace.rows, workspace.spread
    dual = _spread_windows(problem, state, pace, c, taps, workspace)
    primal = uphill = 0.0
    for i in range(state.v.shape[1]):
        for k in range(3):
            filter_columns(spread[k], i, taps, rows[k])
        box = problem.lower[c, i], problem.upper[c, i]
        point = state.u[c, i], state.v[c, i]
        dual += slope_row(rows, problem.g[c, i], *box, state.v[c, i])
        sums = step_row(rows, problem.g[c, i], *box, *point, dtype(momentum))
        primal, uphill = primal + sums[0], uphill + sums[1]
    return dual, primal, uphill


@njit_fast
def _spread_windows(
    problem: LocalProblem,
    state: LocalState,
    pace: Pace,
    c: int,
    taps: tuple[float, ...],
    workspace: Workspace,
) -> float:
    """Update the multipliers, and spread their weights along the rows; return the windows' bound.

    The weights are 2 lambda, the weight of the mean, and the metric.
    """
    padded, spread, row, margin = workspace.padded, workspace.spread, workspace.row, problem.margin
    first, width = len(taps) - 1 - margin, spread.shape[2]
    last = first + state.structure.shape[2]
    mean, variance = workspace.moments[0], workspace.moments[1]
    v, bound = state.v[c], 0.0
    for i in range(state.structure.shape[1]):
        mean_row(v, i, taps, margin, row, mean)
        filter_column_squares(v, i - margin, taps, row[margin : margin + width])
        mirror_ends(row, margin, width)
        filter_row(row, taps, variance)
        centre_row(mean, variance)
        radius, structure = problem.radius[c, i], state.structure[c, i]
        rates = state.power[c, i], state.largest_power[c, i], state.velocity[c, i]
        direction = state.direction[c, i]
        rates_row(variance, radius, direction, *rates, pace)
        follow_row(rates[2], problem.floor[c, i], structure)
        # A slice of one row is contiguous.
        twice = padded[0, first:last]
        bound += structure_row(variance, radius, structure, twice)
        interval = problem.half_width[c, i], problem.penalty[c, i], state.luminance[c, i]
        others = padded[1, first:last], padded[2, first:last]
        bound += luminance_row(mean, *interval, pace.relaxation, twice, *others)
        for k in range(3):
            mirror_ends(padded[k], margin, width)
            filter_row(padded[k], taps, spread[k, i + first])
            mirror_row(spread[k], i, margin)
    return bound
