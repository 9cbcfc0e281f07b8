"""What difference a number of images can resolve."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from statsmodels.stats.power import TTestPower

from ssimball.statistics.units import checked, units

POWER = 0.8
#: Below, the noncentral t distribution is not computed accurately, and no effect of use is found.
FEWEST = 4


@dataclass(frozen=True)
class Resolution:
    """The smallest mean difference that a test would probably find.

    Attributes:
        difference: in units of the metric.
        d_z: the same over the standard deviation of the differences.
        units: how many, and whether they are ``images`` or ``classes``.
    """

    difference: float
    d_z: float
    units: tuple[int, str]


def resolvable(
    differences: ArrayLike,
    *,
    confidence: float,
    clusters: Sequence[object] | ArrayLike | None = None,
) -> Resolution | None:
    """Minimal detectable mean difference at power 0.8 of a two-sided paired t test.

    Args:
        differences: (n,); their standard deviation is taken as the true one. It is no statement
            about their mean.
        confidence: 1 - level of the test.
        clusters: the class of each image, (n,); class means are tested where classes repeat.

    Returns:
        None below :data:`FEWEST` units, or where all are equal.

    Raises:
        ValueError: NaN or infinity among the differences.
    """
    table = checked(np.atleast_2d(differences))
    groups = units(table.shape[1], clusters)
    if groups.count < FEWEST:
        return None
    deviation = float(groups.means(table).std(ddof=1))
    if deviation == 0:
        return None
    d_z = detectable_d_z(groups.count, confidence)
    return Resolution(d_z * deviation, d_z, (groups.count, groups.name))


@cache
def detectable_d_z(count: int, confidence: float) -> float:
    """Cohen's d_z that a two-sided paired t test of ``count`` > 3 pairs finds at power 0.8."""
    found = TTestPower().solve_power(
        nobs=count, alpha=1 - confidence, power=POWER, alternative="two-sided"
    )
    return float(np.squeeze(found))
