"""The mean over a sample of networks and a sample of images, both of them random.

Networks that see the same images do not give independent estimates: an image that is hard for one
is hard for others. So the interval counts both samples, by the mean squares of a two-way layout
with one value per network and unit and both effects random (Searle, Casella and McCulloch 1992,
Variance Components, section 4.3), with Satterthwaite's degrees of freedom (1946, Biometrics
Bulletin 2, 110-114).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import t

from ssimball.statistics.units import checked

#: Fewest networks, and fewest units, of an interval.
FEWEST = 2


@dataclass(frozen=True)
class TwoWayMean:
    """A mean over networks and units.

    Attributes:
        mean: the mean; None without a value.
        low: lower end of its interval; None where there is none.
        high: upper end.
        between: standard deviation of the networks' true means, estimated; None likewise.
        df: Satterthwaite's degrees of freedom of the interval; None likewise.
    """

    mean: float | None
    low: float | None = None
    high: float | None = None
    between: float | None = None
    df: float | None = None


def two_way_mean(values: ArrayLike, confidence: float) -> TwoWayMean:
    """Return the mean of a table with an interval for other networks and other units.

    The variance of the mean is (MS_networks + MS_units - MS_rest) / (networks * units), or that of
    the larger of the first two where chance makes the sum smaller than it.

    Args:
        values: (networks, units), complete.
        confidence: confidence level, in (0, 1).

    Raises:
        ValueError: the values hold NaN or infinity.
    """
    table = checked(values)
    networks, units = table.shape
    if not table.size:
        return TwoWayMean(None)
    mean = float(table.mean())
    if networks < FEWEST or units < FEWEST:
        return TwoWayMean(mean)
    rows, columns = table.mean(axis=1), table.mean(axis=0)
    rest = table - rows[:, None] - columns + mean
    freedom = np.array([networks - 1, units - 1, (networks - 1) * (units - 1)])
    sums = np.array([table.size * np.var(rows), table.size * np.var(columns), (rest**2).sum()])
    of_networks, of_units, of_rest = squares = sums / freedom
    variance = max(of_networks + of_units - of_rest, of_networks, of_units)
    between = float(np.sqrt(max(0.0, of_networks - of_rest) / units))
    if variance <= 0:
        return TwoWayMean(mean, between=between)
    df = float(variance**2 / (squares**2 / freedom).sum())
    half = float(t.ppf((1 + confidence) / 2, df) * np.sqrt(variance / table.size))
    return TwoWayMean(mean, mean - half, mean + half, between, df)
