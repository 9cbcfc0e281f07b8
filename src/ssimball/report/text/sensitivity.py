"""The outcome of the sensitivity sweep as plain text."""

from collections.abc import Sequence
from itertools import groupby

from ssimball.overlap.metric import PARTIAL_CAM
from ssimball.report.text.estimates import FOOLING_RATE, MEAN_SSIM
from ssimball.report.text.formatting import (
    Row,
    number,
    paragraph,
    signed,
)
from ssimball.report.text.sweep import Level, levels_of
from ssimball.report.text.table import Group, table_lines

_NOTE = (
    "How much the overlap of {base} depends on choices, with one thing changed at a time. Overlap: "
    "mean rank correlation of SSIM deficit and CAM; for the factor top, mean share of the SSIM "
    "deficit in the top cells. Null: the same with other images' CAMs. Partial: rank correlation "
    "given texture and centre. Square brackets: as configured. Fooled: share of images fooled. "
    "Nothing here is tested."
)
_COLUMNS = (
    Group("overlap", ("mean", "null")),
    Group("partial", ("mean", "null")),
    Group("images", ("fooled",)),
    Group("mean", ("SSIM",)),
)
#: Characters of the column of levels.
_NAME_WIDTH = 34


def sensitivity_text(rows: Sequence[Row], base: str) -> str:
    """Return the overlap at every level of the sweep.

    Args:
        rows: rows of contracts.sensitivity.SENSITIVITY.
        base: name of the attack whose settings are changed.

    Returns:
        Lines of at most 100 characters, with a newline at the end.
    """
    levels = levels_of(rows)
    lines = [paragraph(_NOTE.format(base=base)), ""]
    table = table_lines("level", _COLUMNS, [_row(level) for level in levels], _NAME_WIDTH)
    first = len(table) - len(levels)
    lines += table[:first]
    named = zip(levels, table[first:], strict=True)
    for factor, group in groupby(named, key=lambda pair: pair[0].factor):
        lines += [f"{factor}:", *(line for _, line in group)]
    return "\n".join(lines) + "\n"


def _row(level: Level) -> tuple[str, list[str]]:
    main, partial = level.main, level.estimate(PARTIAL_CAM)
    name = f"[{level.value}]" if level.is_base else level.value
    return f"  {name}", [
        signed(main.mean),
        signed(main.null_mean),
        signed(partial.mean),
        signed(partial.null_mean),
        number(level.estimate(FOOLING_RATE).mean, ".0%"),
        number(level.estimate(MEAN_SSIM).mean, ".3f"),
    ]
