"""The outcome of the causal test as plain text."""

from collections.abc import Mapping, Sequence

from ssimball.report.text.causal_estimates import (
    EQUAL_AREA,
    EQUAL_ENERGY,
    CausalResults,
    Quantity,
)
from ssimball.report.text.causal_tables import causal_tables
from ssimball.report.text.formatting import Row, listed, paragraph
from ssimball.statistics.causal_tests import DROP, MCNEMAR, SIGN_FLIPS
from ssimball.statistics.verdicts import Verdict

_QUESTION = (
    "The causal test: is it the part of the perturbation inside the CAM that fools the network? "
    "Each stored perturbation was cut to the {area:.0%} of cells with the largest CAM of the clean "
    "image (top cells), to as many cells with the smallest CAM (bottom cells), to as many random "
    "cells, and to all cells but the top. Each part was rounded to 8 bits and given to the network."
)
_MARGINS = "Drop in margin by the top cells compared with other cells:"
_NEITHER = {
    Verdict.UNCLEAR: "no significant difference",
    Verdict.UNDECIDED: "too few images to tell",
}
_DROPS = {Verdict.ABOVE: "larger drop", Verdict.BELOW: "smaller drop", **_NEITHER}
_AREAS = {Verdict.ABOVE: "larger area", Verdict.BELOW: "smaller area", **_NEITHER}
_CONDITIONS = {EQUAL_AREA: "equal area", EQUAL_ENERGY: "equal area and energy"}
_OTHERS = {"bottom": "bottom cells", "random": "random cells"}
_TOGETHER = {
    Verdict.ABOVE: "larger drop in all",
    Verdict.BELOW: "smaller drop in all",
    Verdict.UNCLEAR: "no significant difference in any",
    Verdict.UNDECIDED: "too few images to tell in any",
}
_RANKED = (
    "Cells of the clean image ranked by the SSIM deficit of each attack, compared with others:"
)
_CURVES = {
    "deletion_area": "area under the deletion curve (small where the order finds what matters)",
    "insertion_area": "area under the insertion curve (large where the order finds what matters)",
}
_ORDERS = {"cam": "the order of the CAM", "random": "a random order"}
_CAVEAT = (
    "Intervals: {confidence:.0%}, over {units}, not corrected for the number of comparisons. "
    "Larger and smaller: by a permutation test that flips the signs of the differences, at level "
    "{level:.2g} after Holm's correction over all attacks, areas, conditions and pairs; the drops "
    "in margin are one family, both curves together another. p of fooling: {tests}, corrected as a "
    "separate family. All images with a perturbation count, whether the whole perturbation fools "
    "or not. Equal energy: before rounding, parts are scaled down to the smallest l2 norm of top, "
    "bottom and random. Curves: probability of the true class while cells of the clean image are "
    "deleted or inserted in the given order."
)
_UNITS = {
    frozenset({"images"}): "images",
    frozenset({"classes"}): "classes, because classes repeat among the images",
    frozenset({"images", "classes"}): "images, or over classes where these repeat",
}
_TESTS = {MCNEMAR: "McNemar's exact test", SIGN_FLIPS: "sign flips by class"}


def causal_text(summary: Sequence[Row], *, top: float, confidence: float) -> str:
    """Return which parts of the perturbations fool the network, attack by attack.

    Args:
        summary: rows of contracts.causal.CAUSAL_SUMMARY; attacks keep their order.
        top: share of the cells in a part, in (0, 1]; the nearest area of the rows is shown.
        confidence: confidence level of the intervals, in (0, 1); 1 - level of the tests.

    Returns:
        Lines of at most 100 characters, with a newline at the end.
    """
    results = CausalResults.from_rows(summary, top)
    lines = [
        paragraph(_QUESTION.format(area=results.area)),
        *_margins(results),
        *_curves(results),
        "",
        *causal_tables(results),
        "",
        paragraph(_caveat(results, confidence)),
    ]
    return "\n".join(lines) + "\n"


def _margins(results: CausalResults) -> list[str]:
    """Return where the top cells lower the margin more than others, singly and taken together."""
    lines = [_MARGINS]
    verdicts_of: dict[str, list[Verdict]] = {attack: [] for attack in results.attacks}
    for condition, condition_words in _CONDITIONS.items():
        for other, other_words in _OTHERS.items():
            verdicts = results.verdicts(Quantity(DROP, condition, "top", other))
            lines += [f"{other_words}, {condition_words}:", *_by_verdict(verdicts, _DROPS)]
            for attack, verdict in verdicts.items():
                verdicts_of[attack].append(verdict)
    return [*lines, "all of these together:", *_together(verdicts_of)]


def _together(verdicts_of: Mapping[str, Sequence[Verdict]]) -> list[str]:
    alike = {
        attack: verdicts[0] for attack, verdicts in verdicts_of.items() if len(set(verdicts)) == 1
    }
    mixed = [
        f"{attack} ({_mixture(verdicts)})"
        for attack, verdicts in verdicts_of.items()
        if attack not in alike
    ]
    return [*_by_verdict(alike, _TOGETHER), *([listed("mixed", mixed)] if mixed else [])]


def _mixture(verdicts: Sequence[Verdict]) -> str:
    above, below, undecided = (
        verdicts.count(verdict) for verdict in (Verdict.ABOVE, Verdict.BELOW, Verdict.UNDECIDED)
    )
    words = f"larger in {above} of {len(verdicts)}, smaller in {below}"
    return words + (f", undecided in {undecided}" if undecided else "")


def _curves(results: CausalResults) -> list[str]:
    """Return whether the SSIM deficit, taken as an explanation, does better than CAM and chance."""
    lines = [_RANKED]
    for metric, curve in _CURVES.items():
        for order, words in _ORDERS.items():
            verdicts = results.verdicts(Quantity(metric, None, "deficit", order))
            lines += [f"{curve}, {words}:", *_by_verdict(verdicts, _AREAS)]
    return lines


def _by_verdict(verdicts: Mapping[str, Verdict], words: Mapping[Verdict, str]) -> list[str]:
    """Return a line for each verdict that an attack has."""
    lines = []
    for verdict, label in words.items():
        names = [attack for attack, its in verdicts.items() if its == verdict]
        if names:
            lines.append(listed(label, names))
    return lines


def _caveat(results: CausalResults, confidence: float) -> str:
    return _CAVEAT.format(
        confidence=confidence,
        level=1 - confidence,
        units=_UNITS.get(results.units, "images"),
        tests=" or ".join(words for test, words in _TESTS.items() if test in results.tests),
    )
