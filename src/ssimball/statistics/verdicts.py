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
