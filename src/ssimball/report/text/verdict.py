"""The verdict at the end of the answer: overlap against every null, and which attacks differ."""

from collections.abc import Collection, Mapping, Sequence

from ssimball.report.text.controls import control_lines
from ssimball.report.text.estimates import Summary
from ssimball.report.text.formatting import Row, listed, paragraph
from ssimball.report.text.nulls import NULLS
from ssimball.report.text.pairs import Pairs, pair_lines
from ssimball.statistics.verdicts import Verdict

_ALIKE = {
    Verdict.ABOVE: "above every null",
    Verdict.BELOW: "below every null",
    Verdict.UNCLEAR: "no significant difference from any null",
    Verdict.UNDECIDED: "too few images to tell",
}
_MIXED = {
    Verdict.ABOVE: "above",
    Verdict.BELOW: "below",
    Verdict.UNCLEAR: "no significant difference from",
    Verdict.UNDECIDED: "too few images for",
}
# Noise can avoid the texture even more than it avoids the CAM.
_ABOVE_TEXTURE = (
    "Above texture or centre: the SSIM deficit correlates more with the CAM than with these, even "
    "where both correlations are negative. "
)
_EVERY, _SOME, _NONE = "above every null", "above some", "above none"
_TOO_FEW = "too few images to tell"
#: The verdict against each of the nulls.
Pattern = tuple[Verdict, ...]


def verdict_lines(
    summary: Summary, pairs: Sequence[Row], controls: Collection[str] = ()
) -> list[str]:
    """Return which attacks overlap with the CAM more than which null, and which attacks differ.

    Args:
        summary: estimates of the run.
        pairs: rows of contracts.overlap.COMPARISONS.
        controls: names of the attacks that are controls.

    Returns:
        Wrapped lines; none where no null was tested.
    """
    nulls = [null for null in NULLS if summary.has(null.tested)]
    if not nulls:
        return []
    patterns = {
        attack: tuple(summary.verdict(attack, null.tested) for null in nulls)
        for attack in summary.attacks
    }
    comparisons = Pairs.from_rows(pairs)
    meanings = ", ".join(null.meaning for null in nulls)
    note = f"Verdict. The overlap of SSIM deficit and CAM was compared with {meanings}. "
    if any(null.name == "texture" for null in nulls):
        note += _ABOVE_TEXTURE
    return [
        paragraph(note + _counts(patterns, controls)),
        *_grouped(summary, [null.name for null in nulls], patterns, controls),
        *control_lines(summary, comparisons, controls),
        *pair_lines(summary, comparisons),
    ]


def _counts(patterns: Mapping[str, Pattern], controls: Collection[str]) -> str:
    """Return how many attacks, and how many controls, are above how many of the nulls."""
    kinds = {
        "attacks": [attack for attack in patterns if attack not in controls],
        "controls": [attack for attack in patterns if attack in controls],
    }
    parts = []
    for category in (_EVERY, _SOME, _NONE, _TOO_FEW):
        counts = {
            kind: sum(_category(patterns[name]) == category for name in names)
            for kind, names in kinds.items()
        }
        if category != _TOO_FEW or any(counts.values()):
            numbers = [
                f"{counts[kind]} of {len(kinds[kind])} {kind}" for kind in kinds if kinds[kind]
            ]
            parts.append(f"{category}: {' and '.join(numbers)}")
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _category(pattern: Pattern) -> str:
    """Return how many nulls an attack is above; none is known only where all tests decided."""
    above = pattern.count(Verdict.ABOVE)
    if above:
        return _EVERY if above == len(pattern) else _SOME
    return _TOO_FEW if Verdict.UNDECIDED in pattern else _NONE


def _grouped(
    summary: Summary,
    nulls: Sequence[str],
    patterns: Mapping[str, Pattern],
    controls: Collection[str],
) -> list[str]:
    """Return a line for the attacks of one pattern, those above the most nulls first."""
    groups: dict[Pattern, list[str]] = {}
    for attack, pattern in patterns.items():
        kind = ", control" if attack in controls else ""
        groups.setdefault(pattern, []).append(f"{attack} ({summary.correlation(attack)}{kind})")
    ordered = sorted(
        groups, key=lambda pattern: (-pattern.count(Verdict.ABOVE), pattern.count(Verdict.BELOW))
    )
    return [listed(_words(pattern, nulls), groups[pattern]) for pattern in ordered]


def _words(pattern: Pattern, nulls: Sequence[str]) -> str:
    """Return a pattern in words."""
    if len(set(pattern)) == 1:
        return _ALIKE[pattern[0]]
    parts = []
    for verdict, words in _MIXED.items():
        names = [null for null, its in zip(nulls, pattern, strict=True) if its == verdict]
        if names:
            parts.append(f"{words} {', '.join(names)}")
    return "; ".join(parts)
