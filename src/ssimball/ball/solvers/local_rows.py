"""What the iteration for model L does with one row of windows or pixels.

Each loop writes few arrays: the compiler has to check each array that is written for overlap with
all others, and gives up vector instructions where there are many.
"""

from typing import Any, NamedTuple

import numpy as np

from ssimball.runtime.compilation import njit_fast
from ssimball.ssim.filters import Floats, is_inside, mirrored


class Pace(NamedTuple):
    """How fast multipliers change, as scalars of the arrays' type.

    Attributes:
        growth: of a power while its multiplier keeps its direction.
        decay: of a power when its multiplier turns.
        calming: decay of the largest power then.
        least_power: least value of a power.
        momentum: share of the last logarithmic step that is added to the next.
        relaxation: share of its step that y takes.
    """

    growth: Any
    decay: Any
    calming: Any
    least_power: Any
    momentum: Any
    relaxation: Any


@njit_fast
def filter_column_squares(x: Floats, i: int, taps: tuple[float, ...], out: Floats) -> None:
    """Set ``out`` (W,) to the weighted sum of the squares of the rows of ``x`` from ``i`` on.

    Rows outside ``x`` are mirrored.
    """
    n = len(taps)
    half = n // 2
    if not is_inside(i, taps, x.shape[0]):
        out[:] = 0
        for k in range(n):
            row = mirrored(i + k, x.shape[0])
            for j in range(out.shape[0]):
                out[j] += taps[k] * x[row, j] * x[row, j]
        return
    for j in range(out.shape[0]):
        total = taps[half] * x[i + half, j] * x[i + half, j] if n % 2 else x[i, j] * 0
        for k in range(half):
            low, high = x[i + k, j], x[i + n - 1 - k, j]
            total += taps[k] * (low * low + high * high)
        out[j] = total


@njit_fast
def centre_row(mean: Floats, variance: Floats) -> None:
    """Turn mean squares into variances."""
    zero = mean.dtype.type(0)
    for j in range(mean.shape[0]):
        variance[j] = max(variance[j] - mean[j] * mean[j], zero)


@njit_fast
def rates_row(
    variance: Floats,
    radius: Floats,
    direction: Floats,
    power: Floats,
    largest: Floats,
    velocity: Floats,
    pace: Pace,
) -> None:
    """Compute one row of logarithmic steps of lambda.

    Logarithms are replaced by a fraction that is equal to third order.
    """
    zero, one, two = velocity.dtype.type(0), velocity.dtype.type(1), velocity.dtype.type(2)
    for j in range(velocity.shape[0]):
        usage = np.sqrt(variance[j] / radius[j])
        way = two * (usage - one) / (usage + one)
        turned = way * direction[j] < 0
        direction[j] = way
        limit = max(largest[j] * (pace.calming if turned else one), pace.least_power)
        largest[j] = limit
        faster = power[j] * (pace.decay if turned else pace.growth)
        power[j] = max(min(faster, limit), pace.least_power)
        kept = zero if turned else pace.momentum * velocity[j]
        velocity[j] = min(max(kept + power[j] * way, -one), one)


@njit_fast
def follow_row(velocity: Floats, floor: Floats, structure: Floats) -> None:
    """Multiply lambda by the exponential of the step, to third order."""
    one, half = structure.dtype.type(1), structure.dtype.type(0.5)
    for j in range(structure.shape[0]):
        factor = one + velocity[j] * (one + half * velocity[j])
        structure[j] = max(structure[j] * factor, floor[j])


@njit_fast
def structure_row(variance: Floats, radius: Floats, structure: Floats, field: Floats) -> float:
    """Compute one row of 2 lambda; return its part of the bound."""
    bound: Any = field.dtype.type(0)
    for j in range(field.shape[0]):
        field[j] = structure[j] + structure[j]
        bound += field[j] * np.sqrt(variance[j] * radius[j])
    return float(bound)


@njit_fast
def luminance_row(
    mean: Floats,
    half_width: Floats,
    penalty: Floats,
    y: Floats,
    relaxation: Any,
    twice: Floats,
    of_mean: Floats,
    metric: Floats,
) -> float:
    """Update one row of y, and compute the weight of the mean and the metric.

    Returns:
        The row's part of the bound.
    """
    zero = mean.dtype.type(0)
    bound: Any = zero
    for j in range(mean.shape[0]):
        pull = penalty[j] * mean[j] + y[j]
        size = max(abs(pull) - penalty[j] * half_width[j], zero)
        new = size if pull > 0 else -size
        of_mean[j] = twice[j] * mean[j] - new
        metric[j] = max(twice[j], penalty[j])
        y[j] += relaxation * (new - y[j])
        bound += size * half_width[j]
    return float(bound)


@njit_fast
def slope_row(rows: Floats, g: Floats, lower: Floats, upper: Floats, v: Floats) -> float:
    """Replace the first of ``rows`` by the slope at v; return the most the box can gain."""
    weight, of_mean = rows[0], rows[1]
    box: Any = v.dtype.type(0)
    for j in range(v.shape[0]):
        slope = weight[j] * v[j] - of_mean[j] - g[j]
        box += max(-slope * lower[j], -slope * upper[j])
        weight[j] = slope
    return float(box)


@njit_fast
def step_row(
    rows: Floats, g: Floats, lower: Floats, upper: Floats, u: Floats, v: Floats, momentum: Any
) -> tuple[float, float]:
    """Take one row of the step and extrapolate; return its part of <g, u> and of uphill."""
    slope, metric, least = rows[0], rows[2], u.dtype.type(1e-30)
    primal: Any = u.dtype.type(0)
    uphill: Any = u.dtype.type(0)
    for j in range(u.shape[0]):
        # The metric is 0 at pixels that no window covers.
        new = min(max(v[j] - slope[j] / (metric[j] + least), lower[j]), upper[j])
        step = new - u[j]
        uphill += (v[j] - new) * metric[j] * step
        primal += g[j] * new
        u[j] = new
        v[j] = new + momentum * step
    return float(primal), float(uphill)
