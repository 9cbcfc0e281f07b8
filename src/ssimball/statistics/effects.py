"""Effect sizes of paired differences, and Holm's correction of a family of p-values."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def d_z(differences: ArrayLike) -> float | None:
    """Return Cohen's d_z: mean of the differences over their standard deviation (n - 1).

    Cohen (1988), Statistical Power Analysis, section 2.3.

    Returns:
        None where n < 2 or all differences are equal.
    """
    sample = np.asarray(differences, np.float64)
    if sample.size < 2 or np.ptp(sample) == 0:
        return None
    return float(sample.mean() / sample.std(ddof=1))


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values by the method of Holm (1979).

    Args:
        p_values: p-values of a family; None is no member of it and stays None.

    Examples:
        >>> holm([0.01, None, 0.04, 0.03])
        [0.03, None, 0.06, 0.06]
    """
    family = np.array([p for p in p_values if p is not None])
    order, factors = np.argsort(family), np.arange(len(family), 0, -1)
    adjusted = np.empty(len(family))
    adjusted[order] = np.minimum(np.maximum.accumulate(factors * family[order]), 1.0)
    found = iter(adjusted.tolist())
    return [None if p is None else next(found) for p in p_values]
