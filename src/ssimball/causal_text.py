"""The outcome of the causal test as plain text."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

from ssimball.answer import WIDTH, listed
from ssimball.causal_summary import RATE
from ssimball.statistics.verdicts import ABOVE, BELOW, UNCLEAR, UNDECIDED, verdict_of_interval

Row = Mapping[str, Any]

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
_TERMS = {"equal_area": "of equal area", "equal_energy": "of equal area and energy"}
_OTHERS = {"bottom": "the bottom's", "random": "that of random cells"}
_CAVEAT = (
    "Brackets: {confidence:.0%} intervals over images, not corrected for the number of "
    "comparisons. Equal energy: scaled to one l2 norm before rounding. Curves are of the clean "
    "image: probability of its class while cells are deleted (an order that finds what matters has "
    "a small area) or inserted (a large one)."
)


def causal_text(summary: Sequence[Row], *, top: float, confidence: float) -> str:
    """What the causal test says of each attack, and of which attacks it says what.

    Args:
        summary: rows of contracts.causal.CAUSAL_SUMMARY; attacks keep their order.
        top: share of the cells to speak of; the nearest area of the rows is taken.
        confidence: confidence level of the intervals.

    Returns:
        Lines of at most 100 characters, with a newline at the end.
    """
    areas = {row["area"] for row in summary if row["set"] == "top"}
    area = min(areas, key=lambda one: abs(one - top))
    attacks = list(dict.fromkeys(row["attack"] for row in summary))
    found = {attack: _Outcome(attack, summary, area) for attack in attacks}
    lines = [fill(_QUESTION.format(q=area), WIDTH)]
    for terms, equal in _TERMS.items():
        for other, words in _OTHERS.items():
            lines.append(f"against {words}, {equal}:")
            lines += _verdicts(found, terms, other, confidence)
    lines += ["", *(fill(one.text(), WIDTH, subsequent_indent="  ") for one in found.values()), ""]
    return "\n".join([*lines, fill(_CAVEAT.format(confidence=confidence), WIDTH)]) + "\n"


def _verdicts(
    found: Mapping[str, "_Outcome"], terms: str, other: str, confidence: float
) -> list[str]:
    verdicts = {attack: one.verdict(terms, other, confidence) for attack, one in found.items()}
    lines = []
    for answer, words in _ANSWERS.items():
        names = [attack for attack, its in verdicts.items() if its == answer]
        if names:
            lines.append(listed(words, names))
    return lines


class _Outcome:
    """Rows of one attack at one area, as words."""

    def __init__(self, attack: str, summary: Sequence[Row], area: float) -> None:
        self.attack, self.area = attack, area
        keys = ("metric", "terms", "set", "against")
        self.rows = {
            tuple(_plain(row[key]) for key in keys): row
            for row in summary
            if row["attack"] == attack and _plain(row["area"]) in (area, 1.0, None)
        }

    def verdict(self, terms: str, other: str, confidence: float) -> str:
        row = self.rows.get(("margin_drop", terms, "top", other), {})
        low, high = _plain(row.get("ci_low")), _plain(row.get("ci_high"))
        return verdict_of_interval(low, high, row.get("n", 0), confidence)

    def text(self) -> str:
        whole = self.rows.get((RATE, "equal_area", "all", None), {})
        if not whole.get("n"):
            return f"{self.attack}: no image whose perturbation could be cut."
        sets = ("all", "top", "bottom", "random", "rest_of_top")
        fools = [self._number((RATE, "equal_area", name, None), ".0%") for name in sets]
        drops = [self._number(("margin_drop", "equal_area", name, None), ".2f") for name in sets]
        same = [self._number((RATE, "equal_energy", name, None), ".0%") for name in sets[1:4]]
        return (
            f"{self.attack}: whole, the perturbation fools {fools[0]} of {whole['n']} images. Cut "
            f"to the CAM's top {self.area:.0%} of cells it fools {fools[1]}, to an equal area with "
            f"the smallest CAM {fools[2]}, to random cells {fools[3]}; without the top cells "
            f"{fools[4]}. The margin falls by {drops[0]} in all; by {drops[1]}, {drops[2]}, "
            f"{drops[3]} and {drops[4]}. Top less bottom: {self._difference('equal_area')}. At "
            f"equal energy {same[0]}, {same[1]} and {same[2]} are fooled. Top less bottom: "
            f"{self._difference('equal_energy')}. {self._curve('deletion')}; "
            f"{self._curve('insertion')}."
        )

    def _difference(self, terms: str) -> str:
        def interval(other: str) -> str:
            key = ("margin_drop", terms, "top", other)
            mean, low, high = (
                self._number(key, "+.2f", of) for of in ("mean", "ci_low", "ci_high")
            )
            return f"{mean} ({low} .. {high})"

        p = [self._number((RATE, terms, "top", other), ".2g", "p_value") for other in _OTHERS]
        return (
            f"{interval('bottom')}, top less random: {interval('random')} (fooling: McNemar's p = "
            f"{p[0]} and {p[1]})"
        )

    def _curve(self, kind: str) -> str:
        orders = {"deficit": "the SSIM deficit", "cam": "the CAM", "random": "chance"}
        areas = [
            f"{self._number((f'{kind}_area', None, order, None), '.3f')} by {words}"
            for order, words in orders.items()
        ]
        return f"Area under the {kind} curve: " + ", ".join(areas)

    def _number(self, key: tuple[Any, ...], style: str, column: str = "mean") -> str:
        value = _plain(self.rows.get(key, {}).get(column))
        return "-" if value is None else format(value, style)


def _plain(value: Any) -> Any:
    """NaN, as pandas reads a null, is None."""
    return None if value is None or value != value else value
