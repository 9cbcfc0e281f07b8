"""Effect sizes of paired differences, and Holm's correction of a family of p-values."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata
from statsmodels.stats.multitest import multipletests


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


def rank_biserial(differences: ArrayLike) -> float | None:
    """Return the matched-pairs rank-biserial correlation, (W+ - W-) / (W+ + W-).

    Kerby (2014), Comprehensive Psychology 3, 11.IT.3.1. Zeros are handled as by Pratt: they are
    ranked with the other differences and then left out.

    Returns:
        In [-1, 1]; 0 where all differences are zero, None where there is no difference.
    """
    sample = np.asarray(differences, np.float64)
    if not sample.size:
        return None
    ranks = rankdata(np.abs(sample))
    total = ranks[sample != 0].sum()
    return float((np.sign(sample) * ranks).sum() / total) if total else 0.0


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values by the method of Holm (1979).

    Args:
        p_values: p-values of a family; None is no member of it and stays None.

    Examples:
        >>> holm([0.01, None, 0.04, 0.03])
        [0.03, None, 0.06, 0.06]
    """
    family = [p for p in p_values if p is not None]
    adjusted = iter(multipletests(family, method="holm")[1].tolist() if family else ())
    return [None if p is None else next(adjusted) for p in p_values]
