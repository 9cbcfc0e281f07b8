"""Which attacks overlap with the CAM more than others: paired differences, and their text."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ssimball.overlap.metric import SPEARMAN_CAM, quantity_of
from ssimball.report.text.estimates import Summary
from ssimball.report.text.formatting import (
    Row,
    interval,
    listed,
    none_if_nan,
    paragraph,
    signed,
)
from ssimball.statistics.verdicts import Verdict

_OPPOSITE = {Verdict.ABOVE: Verdict.BELOW, Verdict.BELOW: Verdict.ABOVE}
_WORDS = {
    Verdict.ABOVE: "higher than",
    Verdict.BELOW: "lower than",
    Verdict.UNCLEAR: "no significant difference from",
    Verdict.UNDECIDED: "too few images to compare with",
}
#: From this many names on, the longest list of a line reads "all others".
_MANY = 3


@dataclass(frozen=True)
class PairedDifference:
    """What a paired comparison says of the first of two attacks.

    Attributes:
        verdict: outcome of the test.
        mean: mean difference, first attack minus second.
        low: lower end of its interval.
        high: upper end.
    """

    verdict: Verdict
    mean: float | None = None
    low: float | None = None
    high: float | None = None

    @classmethod
    def from_row(cls, row: Row) -> "PairedDifference":
        """Read a row of contracts.overlap.COMPARISONS."""
        columns = ("mean_difference", "ci_low", "ci_high")
        return cls(Verdict(row["verdict"]), *(none_if_nan(row[name]) for name in columns))

    def reversed(self) -> "PairedDifference":
        """Return what the comparison says of the second attack."""
        ends = (None if value is None else -value for value in (self.mean, self.high, self.low))
        return PairedDifference(_OPPOSITE.get(self.verdict, self.verdict), *ends)

    def text(self) -> str:
        """Return the mean and its interval."""
        return f"{signed(self.mean)}, {interval(self.low, self.high)}"


_NOT_COMPARED = PairedDifference(Verdict.UNDECIDED)


@dataclass(frozen=True)
class Pairs:
    """Every two attacks compared in their correlation with the CAM, seen from either side."""

    differences: Mapping[tuple[str, str], PairedDifference]

    @classmethod
    def from_rows(cls, rows: Sequence[Row]) -> "Pairs":
        """Make the pairs of rows of contracts.overlap.COMPARISONS."""
        differences = {}
        for row in rows:
            if quantity_of(row) == SPEARMAN_CAM:
                difference = PairedDifference.from_row(row)
                differences[row["attack"], row["other"]] = difference
                differences[row["other"], row["attack"]] = difference.reversed()
        return cls(MappingProxyType(differences))

    def difference(self, attack: str, other: str) -> PairedDifference:
        """Return what the comparison says of an attack; undecided where there is none."""
        return self.differences.get((attack, other), _NOT_COMPARED)

    def verdicts(self) -> list[Verdict]:
        """Return the verdict on each pair once, from either side."""
        return [
            difference.verdict
            for (attack, other), difference in self.differences.items()
            if attack < other
        ]


def pair_lines(summary: Summary, pairs: Pairs) -> list[str]:
    """Return one line per attack with how it compares with all others.

    Attacks with the largest mean correlation come first, those without one last.
    """
    verdicts = pairs.verdicts()
    if not verdicts:
        return []
    differ = sum(verdict in (Verdict.ABOVE, Verdict.BELOW) for verdict in verdicts)
    undecided = verdicts.count(Verdict.UNDECIDED)
    note = (
        f"Of {len(verdicts)} pairs of attacks, {differ} differ significantly in their rank "
        f"correlation with the CAM and {verdicts.count(Verdict.UNCLEAR)} do not"
        + (f"; for {undecided} there are too few images" if undecided else "")
        + " (Wilcoxon's signed-rank test, Holm's correction over all pairs and metrics)"
    )
    if not differ:
        return [paragraph(note + ".")]
    means = {attack: summary.estimate(attack).mean for attack in summary.attacks}
    ordered = sorted(means, key=lambda name: math.inf if (m := means[name]) is None else -m)
    return [
        paragraph(note + ":"),
        *(_pair_line(attack, ordered, summary, pairs) for attack in ordered),
    ]


def _pair_line(attack: str, ordered: Sequence[str], summary: Summary, pairs: Pairs) -> str:
    others = [other for other in ordered if other != attack]
    groups = {
        verdict: [other for other in others if pairs.difference(attack, other).verdict == verdict]
        for verdict in _WORDS
    }
    longest = max(groups, key=lambda verdict: len(groups[verdict]))
    shortened = len(groups[longest]) >= _MANY
    if shortened:
        del groups[longest]
    parts = [f"{_WORDS[verdict]} {', '.join(names)}" for verdict, names in groups.items() if names]
    if shortened:
        parts.append(f"{_WORDS[longest]} all others")
    return listed(f"{attack} ({summary.correlation(attack)})", ["; ".join(parts)])
