"""The outcome of the causal test as plain text."""

from collections.abc import Sequence

from ssimball.report.text.causal_estimates import CausalResults
from ssimball.report.text.causal_tables import causal_tables
from ssimball.report.text.formatting import Row, paragraph

_QUESTION = (
    "The causal test: is it the part of the perturbation inside the CAM that fools the network? "
    "Each stored perturbation was cut to the {area:.0%} of cells with the largest CAM of the clean "
    "image (top cells), to as many cells with the smallest CAM (bottom cells), to as many random "
    "cells, and to all cells but the top. Each part was rounded to 8 bits and given to the network."
)
_NOTE = (
    "Nothing here is tested. Intervals: {confidence:.0%}, over {units}, not corrected for the "
    "number of comparisons. All images with a perturbation count, whether the whole perturbation "
    "fools or not. Equal energy: before rounding, parts are scaled down to the smallest l2 norm of "
    "top, bottom and random. Curves: probability of the true class while cells of the clean image "
    "are deleted or inserted in the given order."
)


def causal_text(summary: Sequence[Row], *, top: float, confidence: float) -> str:
    """Return which parts of the perturbations fool the network, attack by attack.

    Args:
        summary: rows of contracts.causal.CAUSAL_SUMMARY; attacks keep their order.
        top: share of the cells in a part, in (0, 1]; the nearest area of the rows is shown.
        confidence: confidence level of the intervals, in (0, 1).

    Returns:
        Lines of at most 100 characters, with a newline at the end.
    """
    results = CausalResults.from_rows(summary, top)
    lines = [
        paragraph(_QUESTION.format(area=results.area)),
        "",
        *causal_tables(results),
        "",
        paragraph(_NOTE.format(confidence=confidence, units=results.unit_kind)),
    ]
    return "\n".join(lines) + "\n"
