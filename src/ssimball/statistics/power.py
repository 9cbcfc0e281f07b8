"""What difference a number of images can resolve, and how many images a difference takes.

Both are those of a two-sided paired t test. The test of a run flips signs, which finds a difference
of normal values about as often.
"""

from bisect import bisect_left
from functools import cache

import numpy as np
from scipy.optimize import brentq
from scipy.stats import nct, t

#: Probability with which the test finds the difference.
POWER = 0.8
#: Fewest units. Below, a standard deviation is hardly an estimate.
FEWEST = 4
#: Most units that are looked for.
MOST = 1_000_000


@cache
def detectable_d_z(count: int, level: float) -> float:
    """Return Cohen's d_z that a two-sided paired t test finds at power 0.8.

    Args:
        count: number of pairs, at least :data:`FEWEST`.
        level: of the test.
    """
    # At ten times the limit of the test statistic, the power is 1 for all practical purposes.
    most = 10 * t.isf(level / 2, count - 1) / np.sqrt(count)
    return float(brentq(lambda d_z: _power(d_z, count, level) - POWER, 0.0, most))


def units_needed(d_z: float, level: float, at_least: int = FEWEST) -> int | None:
    """Return the smallest number of pairs with which a two-sided paired t test has power 0.8.

    Args:
        d_z: Cohen's d_z, the mean difference over the standard deviation of the differences.
        level: of the test.
        at_least: the smallest number that counts; not below :data:`FEWEST`.

    Returns:
        None if more than :data:`MOST` are needed.

    Examples:
        >>> units_needed(0.5, level=0.05)
        34
    """
    first = last = max(at_least, FEWEST)
    while _power(d_z, last, level) < POWER:
        first, last = last, 2 * last
        if first > MOST:
            return None
    counts = range(first, last + 1)
    return counts[bisect_left(counts, POWER, key=lambda count: _power(d_z, count, level))]


def _power(d_z: float, count: int, level: float) -> float:
    """Power in the direction of the effect; at 0.8, that of the other is below 1e-5."""
    limit = t.isf(level / 2, count - 1)
    return float(nct.sf(limit, count - 1, abs(d_z) * np.sqrt(count)))
