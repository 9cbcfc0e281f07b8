"""The outcome of the sensitivity sweep as plain text."""

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from ssimball.overlap.metric import PARTIAL_CAM
from ssimball.report.text.estimates import FOOLING_RATE, MEAN_SSIM
from ssimball.report.text.formatting import (
    VERDICT_NOTE,
    VERDICT_WORDS,
    Row,
    number,
    paragraph,
    signed,
)
from ssimball.report.text.sweep import Level, levels_of
from ssimball.report.text.table import Group, table_lines
from ssimball.statistics.verdicts import Verdict

_ANSWERS = {
    Verdict.ABOVE: "above its null",
    Verdict.BELOW: "below its null",
    Verdict.UNCLEAR: "not significantly different from its null",
    Verdict.UNDECIDED: "undecided, because there are too few images",
}
_NOTE = (
    "Overlap: mean rank correlation of SSIM deficit and CAM; for the factor top, mean share of the "
    "SSIM deficit in the top cells. Partial: rank correlation given texture and centre. Verdicts: "
    "permutation tests of value minus null after Holm's correction over all levels and metrics of "
    f"the sweep; {VERDICT_NOTE}. Square brackets: as configured. Fooled: share of images fooled."
)
_COLUMNS = (
    Group("overlap", ("mean", "null", "verdict")),
    Group("partial", ("mean", "verdict")),
    Group("images", ("fooled",)),
    Group("mean", ("SSIM",)),
)
#: Characters of the column of levels.
_NAME_WIDTH = 34


def sensitivity_text(rows: Sequence[Row], base: str) -> str:
    """Return where the answer holds and where it changes, level by level.

    Args:
        rows: rows of contracts.sensitivity.SENSITIVITY.
        base: name of the attack whose settings are changed.

    Returns:
        Lines of at most 100 characters, with a newline at the end.
    """
    levels = levels_of(rows)
    lines = [paragraph(_headline(levels, base)), "", paragraph(_NOTE), ""]
    table = table_lines("level", _COLUMNS, [_row(level) for level in levels], _NAME_WIDTH)
    first = len(table) - len(levels)
    lines += table[:first]
    named = zip(levels, table[first:], strict=True)
    for factor, group in groupby(named, key=lambda pair: pair[0].factor):
        lines += [f"{factor}:", *(line for _, line in group)]
    return "\n".join(lines) + "\n"


def _headline(levels: Sequence[Level], base: str) -> str:
    """Return how many levels keep the verdict of the run as configured, and which change it."""
    as_configured = {level.factor: level.verdict for level in levels if level.is_base}
    others = [level for level in levels if not level.is_base]
    counts = Counter(level.verdict for level in others)
    parts = [f"{counts[verdict]} {words}" for verdict, words in _ANSWERS.items() if counts[verdict]]
    stands = " or ".join(
        words for verdict, words in _ANSWERS.items() if verdict in as_configured.values()
    )
    text = (
        f"How much the answer depends on choices. As configured, the overlap of {base} is "
        f"{stands}. Of {len(others)} other levels, with one thing changed at a time: "
        f"{', '.join(parts)}. "
    )
    if not set(as_configured.values()) - {Verdict.UNDECIDED}:
        return text + "With so few images, nothing here shows where the answer changes."
    changed, undecided = [], []
    for level in others:
        before = as_configured.get(level.factor)
        if Verdict.UNDECIDED in (level.verdict, before):
            undecided.append(f"{level.factor} {level.value}")
        elif level.verdict != before:
            changed.append(f"{level.factor} {level.value}")
    text += f"It changes at: {', '.join(changed)}." if changed else "It changes nowhere."
    return text + (f" Too few images to tell at: {', '.join(undecided)}." if undecided else "")


def _row(level: Level) -> tuple[str, list[str]]:
    main, partial = level.main, level.estimate(PARTIAL_CAM)
    has_partial = PARTIAL_CAM in level.estimates
    name = f"[{level.value}]" if level.is_base else level.value
    return f"  {name}", [
        signed(main.mean),
        signed(main.null_mean),
        VERDICT_WORDS[level.verdict],
        signed(partial.mean),
        VERDICT_WORDS[partial.verdict or Verdict.UNDECIDED] if has_partial else "-",
        number(level.estimate(FOOLING_RATE).mean, ".0%"),
        number(level.estimate(MEAN_SSIM).mean, ".3f"),
    ]
