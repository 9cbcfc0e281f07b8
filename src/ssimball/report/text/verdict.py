"""The verdict at the end of the answer: the overlap against every null, and what differs."""

from collections.abc import Collection, Mapping, Sequence

from ssimball.report.text.formatting import Row, Summary, listed, paragraph
from ssimball.report.text.paired import Pairs, control_lines, pair_lines
from ssimball.statistics.verdicts import ABOVE, BELOW, UNCLEAR, UNDECIDED

#: Short name of each null of the overlap with the CAM, by the metric that is tested against it.
NULLS = {
    "spearman_cam": "other images",
    "shift_rank_cam": "shifts",
    "over_texture_cam": "texture",
    "over_centre_cam": "centre",
    "partial_cam": "partial",
}
_MEANINGS = {
    "spearman_cam": "the CAMs of other images",
    "shift_rank_cam": "shifts of the CAM",
    "over_texture_cam": "the correlation with texture",
    "over_centre_cam": "the correlation with the centre",
    "partial_cam": "other images' CAMs given texture and centre (partial)",
}
_ALIKE = {
    ABOVE: "above every null",
    BELOW: "below every null",
    UNCLEAR: "not told apart from any null",
    UNDECIDED: "too few images",
}
_MIXED = {
    ABOVE: "above",
    BELOW: "below",
    UNCLEAR: "not told apart from",
    UNDECIDED: "too few images for",
}
# Noise can avoid the CAM and the texture even more.
_RIVALS = "Above texture or centre means more overlap than with it, even where both are negative. "
_FEW = "too few images to tell"
#: The verdict against each of the nulls.
Pattern = tuple[str, ...]


def verdict_lines(
    found: Summary, pairs: Sequence[Row], controls: Collection[str] = ()
) -> list[str]:
    """Which attacks overlap with the CAM more than which null, and which differ from which.

    Args:
        found: rows of contracts.overlap.SUMMARY.
        pairs: rows of contracts.overlap.COMPARISONS.
        controls: names of the attacks that are controls.
    """
    tests = [one for one in NULLS if any((attack, one) in found.rows for attack in found.attacks)]
    if not tests:
        return []
    patterns = {
        attack: tuple(found.verdict(attack, metric) for metric in tests) for attack in found.attacks
    }
    compared = Pairs(pairs)
    nulls = ", ".join(_MEANINGS[metric] for metric in tests)
    note = f"Verdict. The overlap of distortion and CAM was set against {nulls}. "
    if "over_texture_cam" in tests:
        note += _RIVALS
    return [
        paragraph(note + _counted(patterns, controls)),
        *_grouped(found, [NULLS[metric] for metric in tests], patterns, controls),
        *control_lines(found, compared, controls),
        *pair_lines(found, compared),
    ]


def _counted(patterns: Mapping[str, Pattern], controls: Collection[str]) -> str:
    """How many attacks, and how many controls, are above how many of the nulls."""
    kinds = {
        "attacks": [attack for attack in patterns if attack not in controls],
        "controls": [attack for attack in patterns if attack in controls],
    }
    parts = []
    for words in ("above every null", "above some", "above none", _FEW):
        counts = {
            kind: sum(_category(patterns[name]) == words for name in names)
            for kind, names in kinds.items()
        }
        if words != _FEW or any(counts.values()):
            parts.append(
                f"{words}: "
                + " and ".join(f"{counts[k]} of {len(kinds[k])} {k}" for k in kinds if kinds[k])
            )
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}."


def _category(pattern: Pattern) -> str:
    if set(pattern) == {UNDECIDED}:
        return _FEW
    above = pattern.count(ABOVE)
    return "above every null" if above == len(pattern) else "above some" if above else "above none"


def _grouped(
    found: Summary,
    nulls: Sequence[str],
    patterns: Mapping[str, Pattern],
    controls: Collection[str],
) -> list[str]:
    """A line for the attacks of one pattern, those that are above most nulls first."""
    groups: dict[Pattern, list[str]] = {}
    for attack, pattern in patterns.items():
        kind = ", control" if attack in controls else ""
        groups.setdefault(pattern, []).append(f"{attack} ({found.correlation(attack)}{kind})")
    ordered = sorted(groups, key=lambda one: (-one.count(ABOVE), one.count(BELOW)))
    return [listed(_words(pattern, nulls), groups[pattern]) for pattern in ordered]


def _words(pattern: Pattern, nulls: Sequence[str]) -> str:
    if len(set(pattern)) == 1:
        return _ALIKE[pattern[0]]
    parts = []
    for verdict, words in _MIXED.items():
        names = [null for null, its in zip(nulls, pattern, strict=True) if its == verdict]
        if names:
            parts.append(f"{words} {', '.join(names)}")
    return "; ".join(parts)
