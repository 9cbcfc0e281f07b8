"""What a test of value against null says, in words."""

ABOVE = "above null"
BELOW = "below null"
UNCLEAR = "not distinguishable from null"
UNDECIDED = "too few images to tell"


def verdict(
    difference: float | None, p_holm: float | None, attainable: float, confidence: float
) -> str:
    """The verdict on one attack and metric.

    Args:
        difference: mean of value less null.
        p_holm: its p-value, corrected for the family.
        attainable: the smallest corrected p-value that so few images could have had.
        confidence: 1 - level of the test.
    """
    level = 1 - confidence
    if difference is None or p_holm is None:
        return UNDECIDED
    if p_holm < level:
        return ABOVE if difference > 0 else BELOW
    return UNCLEAR if attainable < level else UNDECIDED


def verdict_of_interval(
    low: float | None, high: float | None, count: int, confidence: float
) -> str:
    """What the interval of a mean difference over ``count`` images says, in words.

    Below about six images the bootstrap cannot hold its level: even when both sides are alike, all
    differences have one sign with probability 2 (1/2)^count.
    """
    if low is None or high is None or 0.5 ** (count - 1) > 1 - confidence:
        return UNDECIDED
    if low > 0:
        return ABOVE
    return BELOW if high < 0 else UNCLEAR
