"""Which attacks overlap with the CAM more than which others, and than which controls."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ssimball.report.text.formatting import Row, Summary, known, listed, number, paragraph
from ssimball.statistics.verdicts import ABOVE, BELOW, UNCLEAR, UNDECIDED

METRIC = "spearman_cam"
_OPPOSITE = {ABOVE: BELOW, BELOW: ABOVE}
_WORDS = {
    ABOVE: "higher than",
    BELOW: "lower than",
    UNCLEAR: "not told apart from",
    UNDECIDED: "too few images against",
}
_CONTROL_IS = {
    BELOW: "higher",
    UNCLEAR: "not told apart",
    UNDECIDED: "too few images",
}
# From so many names on, the longest list of a line reads "all others".
_MANY = 3


@dataclass(frozen=True)
class _Pair:
    """What a paired comparison says of the first of two attacks."""

    verdict: str
    mean: float | None = None
    low: float | None = None
    high: float | None = None

    def reversed(self) -> "_Pair":
        """What it says of the second."""
        ends = (None if value is None else -value for value in (self.mean, self.high, self.low))
        return _Pair(_OPPOSITE.get(self.verdict, self.verdict), *ends)

    def __str__(self) -> str:
        mean, low, high = (number(one, "+z.2f") for one in (self.mean, self.low, self.high))
        return f"{mean}, {low} .. {high}"


class Pairs:
    """Rows of contracts.overlap.COMPARISONS in the overlap with the CAM, seen from either side."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.found: dict[tuple[str, str], _Pair] = {}
        for row in rows:
            if row["metric"] == METRIC:
                ends = (known(row[name]) for name in ("mean_difference", "ci_low", "ci_high"))
                pair = _Pair(row["verdict"], *ends)
                self.found[row["attack"], row["other"]] = pair
                self.found[row["other"], row["attack"]] = pair.reversed()

    def of(self, attack: str, other: str) -> _Pair:
        """What the comparison says of the attack; nothing where there is none."""
        return self.found.get((attack, other), _Pair(UNDECIDED))

    def verdicts(self) -> list[str]:
        """One of each pair, whichever side."""
        return [pair.verdict for (one, other), pair in self.found.items() if one < other]


def control_lines(found: Summary, pairs: Pairs, controls: Collection[str]) -> list[str]:
    """Which controls overlap with the CAM as much as an attack that is above its null."""
    beside = [attack for attack in found.attacks if attack in controls]
    attacks = [a for a in found.attacks if a not in controls and found.verdict(a) == ABOVE]
    if not beside:
        return ["No control ran beside the attacks."]
    if not pairs.found:
        return []
    if not attacks:
        return [
            "No attack is above other images' CAMs: there is nothing that controls could match."
        ]
    lines, beyond = [], []
    for attack in attacks:
        rest = {control: pairs.of(attack, control) for control in beside}
        names = [
            f"{control} ({_CONTROL_IS[pair.verdict]}; {pair})"
            for control, pair in rest.items()
            if pair.verdict != ABOVE
        ]
        if names:
            lines.append(listed(attack, names))
        else:
            beyond.append(attack)
    if lines:
        note = (
            "Attacks above other images' CAMs, and controls that do not overlap less than they do "
            "(attack less control, interval):"
        )
        lines.insert(0, paragraph(note))
    every = ", ".join(beyond) or "no attack that is above other images' CAMs"
    return [*lines, paragraph(f"Higher than every control: {every}.")]


def pair_lines(found: Summary, pairs: Pairs) -> list[str]:
    """A line for each attack, those with the largest correlation first."""
    verdicts = pairs.verdicts()
    if not verdicts:
        return []
    differ = sum(verdict in (ABOVE, BELOW) for verdict in verdicts)
    few = verdicts.count(UNDECIDED)
    note = (
        f"Of {len(verdicts)} pairs of attacks, {differ} differ in their correlation with the CAM "
        f"and {verdicts.count(UNCLEAR)} are not told apart"
        + (f"; for {few} there are too few images" if few else "")
        + " (Wilcoxon's test, Holm's correction over all pairs and metrics)"
    )
    if not differ:
        return [paragraph(note + ".")]
    means = {attack: found.value(attack, METRIC) for attack in found.attacks}
    # Without a value: last.
    ordered = sorted(means, key=lambda one: math.inf if means[one] is None else -means[one])
    return [paragraph(note + ":"), *(_line(attack, ordered, found, pairs) for attack in ordered)]


def _line(attack: str, ordered: Sequence[str], found: Summary, pairs: Pairs) -> str:
    others = [one for one in ordered if one != attack]
    groups = {
        verdict: [one for one in others if pairs.of(attack, one).verdict == verdict]
        for verdict in _WORDS
    }
    longest = max(groups, key=lambda verdict: len(groups[verdict]))
    rest = groups.pop(longest) if len(groups[longest]) >= _MANY else []
    parts = [f"{_WORDS[verdict]} {', '.join(names)}" for verdict, names in groups.items() if names]
    if rest:
        parts.append(f"{_WORDS[longest]} all others")
    return listed(f"{attack} ({found.correlation(attack)})", ["; ".join(parts)])
