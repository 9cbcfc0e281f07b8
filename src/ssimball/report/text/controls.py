"""Which controls overlap with the CAM as much as an attack that is above its null."""

from collections.abc import Collection, Mapping, Sequence

from ssimball.report.text.estimates import Summary
from ssimball.report.text.formatting import listed, paragraph
from ssimball.report.text.pairs import PairedDifference, Pairs
from ssimball.statistics.verdicts import Verdict

#: How a control stands to an attack that does not exceed it.
_CONTROL_IS = {Verdict.BELOW: "higher", Verdict.UNCLEAR: "no significant difference"}
#: By attack and control.
Differences = Mapping[str, Mapping[str, PairedDifference]]


def control_lines(summary: Summary, pairs: Pairs, controls: Collection[str]) -> list[str]:
    """Return which controls overlap with the CAM as much as an attack that is above its null.

    A pair whose test could not have decided is reported as undecided. It is no evidence that the
    attack does not exceed the control.
    """
    compared = [name for name in summary.attacks if name in controls]
    attacks = [name for name in summary.attacks if name not in controls]
    above = [name for name in attacks if summary.verdict(name) == Verdict.ABOVE]
    if not compared:
        return ["No control ran beside the attacks."]
    if not pairs.differences:
        return []
    if not above:
        return [
            _none_above([name for name in attacks if summary.verdict(name) == Verdict.UNDECIDED])
        ]
    differences = {
        attack: {control: pairs.difference(attack, control) for control in compared}
        for attack in above
    }
    exceeding = [
        attack
        for attack, row in differences.items()
        if all(difference.verdict == Verdict.ABOVE for difference in row.values())
    ]
    names = ", ".join(exceeding) or "no attack that is above other images' CAMs"
    return [
        *_matched(differences),
        *_undecided(differences),
        paragraph(f"Higher than every control: {names}."),
    ]


def _none_above(undecided: Sequence[str]) -> str:
    text = (
        "No attack is significantly above other images' CAMs, so none is compared with the "
        "controls."
    )
    if undecided:
        text += f" For {', '.join(undecided)} there are too few images to tell."
    return paragraph(text)


def _matched(differences: Differences) -> list[str]:
    """Return the controls that an attack does not exceed, by attack."""
    note = (
        "Attacks above other images' CAMs, and the controls that they do not exceed (attack minus "
        "control, interval):"
    )
    lines = []
    for attack, row in differences.items():
        controls = [
            f"{control} ({_CONTROL_IS[difference.verdict]}; {difference.text()})"
            for control, difference in row.items()
            if difference.verdict in _CONTROL_IS
        ]
        if controls:
            lines.append(listed(attack, controls))
    return [paragraph(note), *lines] if lines else []


def _undecided(differences: Differences) -> list[str]:
    """Return the controls of which no test could tell whether an attack exceeds them."""
    note = (
        "Undecided: with so few images no test could have shown a difference (attack minus "
        "control, interval):"
    )
    lines = []
    for attack, row in differences.items():
        controls = [
            f"{control} ({difference.text()})"
            for control, difference in row.items()
            if difference.verdict == Verdict.UNDECIDED
        ]
        if controls:
            lines.append(listed(attack, controls))
    return [paragraph(note), *lines] if lines else []
