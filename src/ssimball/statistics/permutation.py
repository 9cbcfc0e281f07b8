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

    Args:
        count: number of units; without any, the smallest p-value is 1.
        flips: number of random sign patterns.
    """
    return smallest_exact_p(count) if _enumerable(count, flips) else 1 / (flips + 1)


def smallest_exact_p(count: int) -> float:
    """Return the smallest two-sided p-value of an exact test of the signs of differences.

    It belongs to differences of one sign: two of 2^count equally likely patterns. McNemar's and
    Wilcoxon's tests have the same bound.

    Args:
        count: number of differences.
    """
    return min(1.0, 2.0 ** (1 - count))


def null_p(values: ArrayLike, null_draws: ArrayLike) -> float | None:
    """Return the two-sided p-value of a mean among the means of draws from the null.

    p is (1 + #{null >= observed}) / (draws + 1), the same with <=, and then twice the smaller, at
    most 1. It is too small for a handful of images, whose derangements are alike: see
    benchmarks/coverage.md.

    Args:
        values: (n,), a value per image, e.g. its overlap with its own map.
        null_draws: (draws, n); each row holds the values of one permutation of the images'
            references, e.g. a derangement.

    Returns:
        In (0, 1]; None where there is no image or no draw.

    Raises:
        ValueError: the arrays hold NaN or infinity, or their shapes do not fit.
    """
    sample, draws = checked(np.atleast_2d(values)), checked(null_draws)
    if draws.shape[1] != sample.shape[1] or len(sample) != 1:
        raise ValueError(f"values {sample.shape} do not fit null draws {draws.shape}")
    if not draws.size:
        return None
    observed, null = sample.mean(), draws.mean(axis=1)
    rounding = _ROUNDING * max(np.abs(sample).max(), np.abs(draws).max())
    above = np.count_nonzero(null >= observed - rounding)
    below = np.count_nonzero(null <= observed + rounding)
    return float(min(1.0, 2 * (1 + min(above, below)) / (len(null) + 1)))


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
