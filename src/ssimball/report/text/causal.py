"""The outcome of the causal test as plain text."""

from collections.abc import Mapping, Sequence
from textwrap import fill

from ssimball.report.text.causal_outcome import Outcome
from ssimball.report.text.formatting import WIDTH, Row, known, listed, paragraph
from ssimball.statistics.causal_tests import DROP, MCNEMAR, RATE, SIGN_FLIPS
from ssimball.statistics.verdicts import ABOVE, BELOW, UNCLEAR, UNDECIDED

_QUESTION = (
    "The causal test: is it the part of the perturbation inside the CAM that fools the network? "
    "Each stored perturbation was cut to the {q:.0%} of cells with the largest CAM of the clean "
    "image (top), to as many with the smallest (bottom), to as many random cells, and to all but "
    "the top; rounded to 8 bits and put to the network. The margin falls by the top's part,"
)
_ANSWERS = {
    ABOVE: "more",
    BELOW: "less",
    UNCLEAR: "not told apart",
    UNDECIDED: "too few images to tell",
}
_SIZES = {**_ANSWERS, ABOVE: "larger", BELOW: "smaller"}
_TERMS = {"equal_area": "of equal area", "equal_energy": "of equal area and energy"}
_OTHERS = {"bottom": "the bottom's", "random": "that of random cells"}
_TOGETHER = {
    ABOVE: "more in all of these",
    BELOW: "less in all of these",
    UNCLEAR: "not told apart in any of these",
    UNDECIDED: "too few images for any of these",
}
_CURVES = {
    "deletion_area": "deletion curve (small where an order finds what matters)",
    "insertion_area": "insertion curve (large where an order finds what matters)",
}
_ORDERS = {"cam": "the CAM's", "random": "a random one's"}
_CAVEAT = (
    "Brackets: {confidence:.0%} intervals over {units}, not corrected for the number of "
    "comparisons. What is said to be more or less, larger or smaller, is so by a permutation test "
    "that flips the signs of the differences, at level {level:.2g} after Holm's correction over "
    "all attacks, areas, terms and pairs: one family for the fall of the margin, one for both "
    "curves. p of fooling: {tests}, corrected as a family too. All images with a perturbation "
    "count, whether it fools as a whole or not. Equal energy: scaled to one l2 norm before "
    "rounding. Curves are of the clean image: probability of its class while cells are deleted or "
    "inserted in one order or another."
)
_UNITS = {
    frozenset({"images"}): "images",
    frozenset({"classes"}): "classes, which repeat among the images",
    frozenset({"images", "classes"}): "images, or classes where these repeat",
}
_TESTS = {MCNEMAR: "McNemar's exact test", SIGN_FLIPS: "sign flips by class"}


def causal_text(summary: Sequence[Row], *, top: float, confidence: float) -> str:
    """What the causal test says of each attack, and of which attacks it says what.

    Args:
        summary: rows of contracts.causal.CAUSAL_SUMMARY; attacks keep their order.
        top: share of the cells to speak of; the nearest area of the rows is taken.
        confidence: confidence level of the intervals; 1 - level of the tests.

    Returns:
        Lines of at most 100 characters, with a newline at the end.
    """
    areas = {row["area"] for row in summary if row["set"] == "top"}
    area = min(areas, key=lambda one: abs(one - top))
    attacks = list(dict.fromkeys(row["attack"] for row in summary))
    found = {attack: Outcome(attack, summary, area) for attack in attacks}
    lines = [
        paragraph(_QUESTION.format(q=area)),
        *_margins(found),
        *_areas_of_curves(found),
        "",
        *(fill(one.text(), WIDTH, subsequent_indent="  ") for one in found.values()),
        "",
        paragraph(_caveat(summary, confidence)),
    ]
    return "\n".join(lines) + "\n"


def _margins(found: Mapping[str, Outcome]) -> list[str]:
    """Where the margin falls by the top's part more than by others, one by one and together."""
    lines = []
    every: dict[str, list[str]] = {attack: [] for attack in found}
    for terms, equal in _TERMS.items():
        for other, words in _OTHERS.items():
            verdicts = {name: one.verdict(DROP, terms, "top", other) for name, one in found.items()}
            lines += [f"against {words}, {equal}:", *_by_verdict(verdicts, _ANSWERS)]
            for attack, verdict in verdicts.items():
                every[attack].append(verdict)
    alike = {attack: its[0] for attack, its in every.items() if len(set(its)) == 1}
    mixed = [
        f"{attack} (more in {its.count(ABOVE)} of {len(its)}, less in {its.count(BELOW)})"
        for attack, its in every.items()
        if attack not in alike
    ]
    lines += ["Taken together:", *_by_verdict(alike, _TOGETHER)]
    return [*lines, *([listed("mixed", mixed)] if mixed else [])]


def _areas_of_curves(found: Mapping[str, Outcome]) -> list[str]:
    """Whether the SSIM deficit, taken as an explanation, does better than CAM and chance."""
    lines = ["The clean image's cells ranked by the SSIM deficit of each attack; area under the"]
    for metric, curve in _CURVES.items():
        for other, words in _ORDERS.items():
            verdicts = {
                name: one.verdict(metric, None, "deficit", other) for name, one in found.items()
            }
            lines += [f"{curve}, against {words}:", *_by_verdict(verdicts, _SIZES)]
    return lines


def _by_verdict(verdicts: Mapping[str, str], words: Mapping[str, str]) -> list[str]:
    """A line for each verdict that an attack has."""
    lines = []
    for verdict, answer in words.items():
        names = [attack for attack, its in verdicts.items() if its == verdict]
        if names:
            lines.append(listed(answer, names))
    return lines


def _caveat(summary: Sequence[Row], confidence: float) -> str:
    units = frozenset(row["units"] for row in summary if row["n"])
    tests = {known(row.get("test")) for row in summary if row["metric"] == RATE}
    return _CAVEAT.format(
        confidence=confidence,
        level=1 - confidence,
        units=_UNITS.get(units, "images"),
        tests=" or ".join(words for test, words in _TESTS.items() if test in tests),
    )
