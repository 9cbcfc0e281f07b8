"""Tests of the causal test's paired differences, and their correction by families."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from statsmodels.stats.contingency_tables import mcnemar

from ssimball.statistics.permutation import FLIPS, sign_flip_p, smallest_exact_p, smallest_p
from ssimball.statistics.units import Array, units_of
from ssimball.statistics.verdicts import Decision, Tested, decide

#: Metrics of the causal test.
RATE, DROP = "fooling_rate", "margin_drop"
CURVES = ("deletion_area", "insertion_area")
#: Metrics whose comparisons are corrected together, over all attacks, areas, conditions and pairs.
FAMILIES = ((RATE,), (DROP,), CURVES)
#: Names of the tests in the table.
MCNEMAR, SIGN_FLIPS = "mcnemar", "sign_flips"


@dataclass(frozen=True)
class CausalTest:
    """The test of a paired difference.

    Attributes:
        name: :data:`MCNEMAR` or :data:`SIGN_FLIPS`.
        p: two-sided p-value, not corrected; None where there is no image.
        smallest_p: the smallest p-value that so few units could have had.
        only_set: of rates, the number of images fooled by the set alone.
        only_against: of rates, the number of images fooled by the other set alone.
    """

    name: str
    p: float | None
    smallest_p: float
    only_set: int | None = None
    only_against: int | None = None


def paired_tests(
    metrics: Sequence[str],
    differences: Array,
    clusters: Sequence[object],
    rng: np.random.Generator,
) -> list[CausalTest]:
    """Test paired differences between sets of cells.

    Rates have McNemar's exact test where images are independent. Where classes repeat, rates have
    the sign-flip test by class, which all other metrics always have.

    Args:
        metrics: the metric of each row.
        differences: (k, n); those of fooling rates are -1, 0 or 1.
        clusters: the class of each image, (n,).
        rng: for the sign flips.

    Returns:
        k tests.
    """
    units = units_of(differences.shape[1], clusters)
    flips = sign_flip_p(differences, rng, flips=FLIPS, clusters=clusters)
    smallest = smallest_p(units.count, FLIPS)
    tests = []
    for metric, sample, p in zip(metrics, differences, flips, strict=True):
        if metric == RATE and len(sample):
            only_set, only_against = int((sample > 0).sum()), int((sample < 0).sum())
            if units.single:
                tests.append(_mcnemar(only_set, only_against, len(sample)))
            else:
                tests.append(CausalTest(SIGN_FLIPS, p, smallest, only_set, only_against))
        else:
            tests.append(CausalTest(SIGN_FLIPS, p, smallest))
    return tests


def decide_by_family(
    metrics: Sequence[str], tested: Sequence[Tested], confidence: float
) -> list[Decision]:
    """Decide tests after Holm's correction over each of :data:`FAMILIES`.

    Args:
        metrics: the metric of each test.
        tested: the tests.
        confidence: 1 - level of the tests.
    """
    decisions: dict[int, Decision] = {}
    for family in FAMILIES:
        members = [index for index, metric in enumerate(metrics) if metric in family]
        found = decide([tested[index] for index in members], confidence)
        decisions |= zip(members, found, strict=True)
    return [decisions[index] for index in range(len(tested))]


def _mcnemar(only_set: int, only_against: int, count: int) -> CausalTest:
    """McNemar's exact test over ``count`` images."""
    p = float(mcnemar([[0, only_set], [only_against, 0]], exact=True).pvalue)
    return CausalTest(MCNEMAR, p, smallest_exact_p(count), only_set, only_against)
