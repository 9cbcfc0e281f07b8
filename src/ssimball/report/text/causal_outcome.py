"""What the causal test says of one attack, as plain text."""

from collections.abc import Sequence

from ssimball.report.text.formatting import Row, known, number
from ssimball.statistics.causal_tests import DROP, RATE
from ssimball.statistics.verdicts import UNDECIDED

Key = tuple[str, str | None, str, str | None]
#: What the top's part is compared with.
OTHERS = ("bottom", "random")
_SETS = ("all", "top", "bottom", "random", "rest_of_top")


class Outcome:
    """Rows of contracts.causal.CAUSAL_SUMMARY of one attack at one area.

    Rows have the keys metric, terms, set and against.
    """

    def __init__(self, attack: str, summary: Sequence[Row], area: float) -> None:
        self.attack, self.area = attack, area
        keys = ("metric", "terms", "set", "against")
        self.rows = {
            tuple(known(row[key]) for key in keys): row
            for row in summary
            if row["attack"] == attack and known(row["area"]) in (area, 1.0, None)
        }

    def verdict(self, *key: str | None) -> str:
        """Of a difference."""
        return str(self.rows.get(key, {}).get("verdict", UNDECIDED))

    def text(self) -> str:
        """A paragraph."""
        whole = self.rows.get((RATE, "equal_area", "all", None), {})
        if not whole.get("n"):
            return f"{self.attack}: no image whose perturbation could be cut."
        fools = [self._number((RATE, "equal_area", name, None), ".0%") for name in _SETS]
        drops = [self._number((DROP, "equal_area", name, None), ".2f") for name in _SETS]
        same = [self._number((RATE, "equal_energy", name, None), ".0%") for name in _SETS[1:4]]
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
            mean, low, high = (
                self._number((DROP, terms, "top", other), "+.2f", of)
                for of in ("mean", "ci_low", "ci_high")
            )
            return f"{mean} ({low} .. {high})"

        p = [self._number((RATE, terms, "top", other), ".2g", "p_holm") for other in OTHERS]
        return (
            f"{interval('bottom')}, top less random: {interval('random')} (fooling: p = {p[0]} and "
            f"{p[1]})"
        )

    def _curve(self, kind: str) -> str:
        orders = {"deficit": "the SSIM deficit", "cam": "the CAM", "random": "chance"}
        areas = [
            f"{self._number((f'{kind}_area', None, order, None), '.3f')} by {words}"
            for order, words in orders.items()
        ]
        return f"Area under the {kind} curve: " + ", ".join(areas)

    def _number(self, key: Key, style: str, column: str = "mean") -> str:
        return number(known(self.rows.get(key, {}).get(column)), style)
