"""Effect sizes of paired differences, and Holm's correction of a family of p-values."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy.stats import rankdata
from statsmodels.stats.multitest import multipletests


def d_z(differences: ArrayLike) -> float | None:
    """Cohen's d_z: mean of the differences over their standard deviation (n - 1).

    Cohen (1988), Statistical Power Analysis, section 2.3. None where n < 2 or all are equal.
    """
    found = np.asarray(differences, np.float64)
    if found.size < 2 or np.ptp(found) == 0:
        return None
    return float(found.mean() / found.std(ddof=1))


def rank_biserial(differences: ArrayLike) -> float | None:
    """Matched-pairs rank-biserial correlation: (W+ - W-) / (W+ + W-), in [-1, 1].

    Kerby (2014), Comprehensive Psychology 3, 11.IT.3.1. Ranks are Pratt's: zeros are ranked with
    the rest and then left out. 0 where all differences are zero, None where there is none.
    """
    found = np.asarray(differences, np.float64)
    if not found.size:
        return None
    ranks = rankdata(np.abs(found))
    total = ranks[found != 0].sum()
    return float((np.sign(found) * ranks).sum() / total) if total else 0.0


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """p-values adjusted by Holm (1979) over those that are not None."""
    known = [p for p in p_values if p is not None]
    adjusted = iter(multipletests(known, method="holm")[1].tolist() if known else ())
    return [None if p is None else next(adjusted) for p in p_values]
