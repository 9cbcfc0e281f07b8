"""Permutation p-values of values against their null.

A p-value from m random permutations, b of which are as extreme, is (b + 1) / (m + 1), never zero:
Phipson and Smyth (2010), Statistical Applications in Genetics and Molecular Biology 9(1), 39.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ssimball.statistics.units import Array, checked, units_of

#: Random sign patterns of a test: p-values of 1e-5 survive a family of thousands.
FLIPS = 99_999

# Signs held in memory at once.
_BATCH = 4_000_000
# Relative; sums in another order are equal up to this.
_ROUNDING = 1e-12


def sign_flip_p(
    differences: ArrayLike,
    rng: np.random.Generator,
    *,
    flips: int,
    clusters: Sequence[object] | ArrayLike | None = None,
) -> list[float | None]:
    """Test the mean of each row of differences against zero by flipping signs.

    Under the null hypothesis that a difference (value minus null) is distributed symmetrically
    about zero, all its sign patterns are equally likely. All 2^n patterns are counted where there
    are at most ``flips``. Otherwise b of ``flips`` random patterns have a mean as far from zero,
    and p = (b + 1) / (flips + 1).

    Args:
        differences: (k, n); all rows are flipped alike.
        rng: for the random patterns.
        flips: number of random sign patterns.
        clusters: the class of each image, (n,); the images of a class are flipped together.

    Returns:
        k two-sided p-values in (0, 1]; None where n = 0; 1 where all differences are zero.

    Raises:
        ValueError: the differences hold NaN or infinity.

    Examples:
        >>> sign_flip_p([[1.0, 2.0, 0.5, 1.5]], np.random.default_rng(0), flips=99)
        [0.125]
    """
    table = checked(differences)
    if not table.shape[1]:
        return [None] * len(table)
    sums = units_of(table.shape[1], clusters).sums(table)
    count = sums.shape[1]
    if _enumerable(count, flips):
        p_values = _as_extreme(sums, _all_signs(count)) / 2**count
    else:
        p_values = (_as_extreme(sums, _random_signs(count, flips, rng)) + 1) / (flips + 1)
    return [float(p) for p in p_values]


def smallest_p(count: int, flips: int) -> float:
    """Return the smallest p-value that :func:`sign_flip_p` can give.

    Where all patterns are counted, two of 2^count have all signs alike.

    Args:
        count: number of units; without any, the smallest p-value is 1.
        flips: number of random sign patterns.
    """
    return min(1.0, 2.0 ** (1 - count)) if _enumerable(count, flips) else 1 / (flips + 1)


def _as_extreme(sums: Array, patterns: Iterable[Array]) -> NDArray[np.int64]:
    """How many sign patterns give each row a sum as far from zero as the observed one, (k,)."""
    observed = np.abs(sums.sum(axis=1, keepdims=True))
    observed -= _ROUNDING * np.abs(sums).sum(axis=1, keepdims=True)
    extreme = np.zeros(len(sums), np.int64)
    for signs in patterns:
        extreme += np.count_nonzero(np.abs(sums @ signs) >= observed, axis=1)
    return extreme


def _enumerable(count: int, flips: int) -> bool:
    return count < 63 and 2**count <= flips


def _all_signs(count: int) -> Iterator[Array]:
    patterns = np.arange(2**count)
    bits = (patterns >> np.arange(count)[:, None]) & 1
    yield (1 - 2 * bits).astype(np.float64)


def _random_signs(count: int, flips: int, rng: np.random.Generator) -> Iterator[Array]:
    """Signs -1 and 1, (count, b), in batches of b patterns."""
    batch = max(1, _BATCH // count)
    for first in range(0, flips, batch):
        size = min(batch, flips - first)
        bits = rng.integers(0, 2, (size, count), dtype=np.int8)
        yield np.ascontiguousarray(1.0 - 2.0 * bits.T)
