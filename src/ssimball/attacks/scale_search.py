"""The factor by which a perturbation is multiplied so that its 8-bit image has a given mean SSIM.

The SSIM deficit of rounded images is a step function of the factor. Secants find the goal where
the steps are small. Elsewhere the search looks for the step itself: it knows the factors at which
values change by a level, and measures the image before and behind one of them.
"""

from collections.abc import Callable
from itertools import count

import numpy as np

from ssimball.attacks.rounded_line import RoundedLine

#: Largest factor by which a perturbation is multiplied to match a mean SSIM.
LARGEST_FACTOR = 1e4
#: Relative precision to which a factor is searched. Not finer: floating-point errors must not split
#: a change by whole levels.
RESOLUTION = 1e-4
#: Secant steps at most before the factor is enclosed.
SECANTS = 8


def search(line: RoundedLine, least: float, most: float) -> tuple[float, float]:
    """Measure deficits at several factors, until one is from ``least`` to ``most``.

    The root of the deficit is about linear in the factor, so that secants of it need two or three
    steps from 1. They fail where 8-bit levels jump past the goal, or where clipping bends the line;
    then the factor is enclosed and narrowed down.

    Args:
        line: the images.
        least: the smallest deficit that ends the search.
        most: the largest one.

    Returns:
        The factor that ends the search, twice. If there is none, two factors that differ by at most
        the relative ``RESOLUTION``, of a smaller and a larger deficit; their images differ by at
        most one level in each value. The second is infinite if no factor is too large.
    """
    root = ((least + most) / 2) ** 0.5

    def excess(factor: float) -> float:
        deficit = max(line.deficit(factor), 0.0)
        return 0.0 if least <= deficit <= most else deficit**0.5 - root

    low, high = _secants(excess)
    while np.isinf(high) and low < LARGEST_FACTOR:
        factor = low * min(max(1.1, 1.1 / (1 + excess(low) / root + 1e-9)), 8.0)
        low, high = (low, factor) if excess(factor) >= 0 else (factor, high)
    if np.isinf(high) or excess(low) == 0:
        return low, high
    return _narrow(line, excess, low, high)


def _secants(excess: Callable[[float], float]) -> tuple[float, float]:
    """Take secant steps to the root of an increasing function, from 0 and 1.

    Returns:
        The factors that enclose the root, the second one infinite if none was too large. Both are
        the root if a step met it.
    """
    low, high = 0.0, np.inf
    before, factor = 0.0, 1.0
    for _ in range(SECANTS):
        value = excess(factor)
        if value == 0:
            return factor, factor
        low, high = (factor, high) if value < 0 else (low, factor)
        rise = value - excess(before)
        step = value * (factor - before) / rise if rise else np.nan
        before, factor = factor, factor - step
        if not low < factor < min(high, LARGEST_FACTOR):
            break
    return low, high


def _narrow(
    line: RoundedLine, excess: Callable[[float], float], low: float, high: float
) -> tuple[float, float]:
    """Enclose the root of an increasing function more and more narrowly, as :func:`search` does.

    Each round chooses a factor at which values change their level: the one that leaves as large a
    share of them below it as interpolation asks for, and in every other round half of them. If many
    values change there at once, the images before and behind it are likely to enclose the goal.
    """
    for number in count():
        below, above = excess(low), excess(high)
        if above == 0:
            return high, high
        if high <= (1 + RESOLUTION) * low:
            break
        share = 0.5 if number % 2 else below / (below - above)
        jumps = line.jumps(low, high, low + share * (high - low))
        place = float(np.quantile(jumps, share, method="nearest"))
        for side in (-1, 1):
            factor = min(max(place * (1 + side * RESOLUTION / 3), low), high)
            value = excess(factor)
            if value == 0:
                return factor, factor
            low, high = (factor, high) if value < 0 else (low, factor)
            if value > 0:
                break
    return low, high
