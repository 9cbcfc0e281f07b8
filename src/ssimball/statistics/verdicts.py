"""What tests of differences against zero say, in words, corrected as a family."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ssimball.statistics.effects import holm

ABOVE = "above null"
BELOW = "below null"
UNCLEAR = "not distinguishable from null"
UNDECIDED = "too few images to tell"


@dataclass(frozen=True)
class Tested:
    """A difference whose null is 0, and its test.

    Attributes:
        difference: mean of value less null; its sign is the direction.
        p: two-sided p-value, None where there is none.
        smallest: the smallest p-value that so few units could have had.
    """

    difference: float | None
    p: float | None
    smallest: float


def decide(family: Sequence[Tested], confidence: float) -> list[tuple[float | None, str]]:
    """p-value after Holm's correction over the family, and verdict, of each of its tests.

    Args:
        confidence: 1 - level of the tests.
    """
    known = np.array([one.p for one in family if one.p is not None])
    found = []
    for one, p in zip(family, holm([one.p for one in family]), strict=True):
        # Holm's factor counts the hypotheses whose p-values are not smaller.
        attainable = one.smallest * max(1, int(np.sum(known >= one.smallest)))
        found.append((p, _verdict(one.difference, p, attainable, 1 - confidence)))
    return found


def _verdict(difference: float | None, p: float | None, attainable: float, level: float) -> str:
    if difference is None or p is None:
        return UNDECIDED
    if p < level:
        return ABOVE if difference > 0 else BELOW
    return UNCLEAR if attainable < level else UNDECIDED
