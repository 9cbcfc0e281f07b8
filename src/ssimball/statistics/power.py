"""What difference a number of images can resolve."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from statsmodels.stats.power import TTestPower

from ssimball.statistics.units import checked, units_of

#: Probability with which the test finds the difference.
POWER = 0.8
#: Fewest units. Below, the noncentral t distribution is not computed accurately, and no effect of
#: a useful size is found.
FEWEST = 4


@dataclass(frozen=True)
class Resolution:
    """The smallest mean difference that a test would probably find.

    Attributes:
        difference: on the scale of the metric.
        d_z: the difference over the standard deviation of the differences.
        count: number of independent units.
        unit_kind: whether these are ``images`` or ``classes``.
    """

    difference: float
    d_z: float
    count: int
    unit_kind: str


def resolvable(
    differences: ArrayLike,
    *,
    confidence: float,
    clusters: Sequence[object] | ArrayLike | None = None,
) -> Resolution | None:
    """Return the mean difference that a two-sided paired t test finds with probability 0.8.

    Args:
        differences: (n,). Their standard deviation is taken as the true one; their mean does not
            matter.
        confidence: 1 - level of the test.
        clusters: the class of each image, (n,); class means are tested where classes repeat.

    Returns:
        None below :data:`FEWEST` units, or where all differences are equal.

    Raises:
        ValueError: the differences hold NaN or infinity.
    """
    table = checked(np.atleast_2d(differences))
    units = units_of(table.shape[1], clusters)
    if units.count < FEWEST:
        return None
    deviation = float(units.means(table).std(ddof=1))
    if deviation == 0:
        return None
    d_z = detectable_d_z(units.count, confidence)
    return Resolution(d_z * deviation, d_z, units.count, units.kind)


@cache
def detectable_d_z(count: int, confidence: float) -> float:
    """Return Cohen's d_z that a two-sided paired t test finds at power 0.8.

    Args:
        count: number of pairs, more than 3.
        confidence: 1 - level of the test.
    """
    solution = TTestPower().solve_power(
        nobs=count, alpha=1 - confidence, power=POWER, alternative="two-sided"
    )
    return float(np.squeeze(solution))
