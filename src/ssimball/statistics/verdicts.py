"""Verdicts of tests of differences against zero, corrected as a family."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from ssimball.statistics.effects import holm


class Verdict(StrEnum):
    """What a corrected test says about a difference whose null is 0; values are stored."""

    ABOVE = "above null"
    BELOW = "below null"
    UNCLEAR = "not distinguishable from null"
    #: No p-value of so few images could have been below the level after the correction.
    UNDECIDED = "too few images to tell"


@dataclass(frozen=True)
class Tested:
    """A difference whose null is 0, and its test.

    Attributes:
        difference: its sign is the direction, e.g. a mean of value minus null; None where there is
            none.
        p: two-sided p-value, None where there is none.
        smallest: the smallest p-value that so few units could have had.
    """

    difference: float | None
    p: float | None
    smallest: float


@dataclass(frozen=True)
class Decision:
    """What became of a test in its family.

    Attributes:
        p_holm: p-value after Holm's correction, None where there was none.
        verdict: the verdict at the level of the family.
    """

    p_holm: float | None
    verdict: Verdict


def decide(family: Sequence[Tested], confidence: float) -> list[Decision]:
    """Correct the tests of a family by Holm's method and decide each of them.

    Args:
        family: the tests that are corrected together.
        confidence: 1 - level of the tests.

    Returns:
        A decision for each test, in order.

    Examples:
        >>> clear, weak = Tested(0.3, p=0.001, smallest=0.001), Tested(-0.1, p=0.04, smallest=0.001)
        >>> [decision.verdict.value for decision in decide([clear, weak, weak], confidence=0.95)]
        ['above null', 'not distinguishable from null', 'not distinguishable from null']
    """
    p_values = np.array([test.p for test in family if test.p is not None])
    decisions = []
    for test, p_holm in zip(family, holm([test.p for test in family]), strict=True):
        # Holm's factor counts the hypotheses whose p-values are not smaller.
        attainable = test.smallest * max(1, int(np.sum(p_values >= test.smallest)))
        verdict = _verdict(test.difference, p_holm, attainable, 1 - confidence)
        decisions.append(Decision(p_holm, verdict))
    return decisions


def _verdict(difference: float | None, p: float | None, attainable: float, level: float) -> Verdict:
    if difference is None or p is None:
        return Verdict.UNDECIDED
    if p < level:
        return Verdict.ABOVE if difference > 0 else Verdict.BELOW
    return Verdict.UNCLEAR if attainable < level else Verdict.UNDECIDED
