"""Tables of plain text: columns with names, side by side under the headings of their groups."""

from collections.abc import Sequence
from dataclasses import dataclass

_LONGEST_NAME = 14
_BETWEEN_GROUPS = "  "


@dataclass(frozen=True)
class Group:
    """Neighbouring columns of a table.

    Attributes:
        title: heading above the columns; empty for none.
        columns: names of the columns.
    """

    title: str
    columns: tuple[str, ...]


def table_lines(
    first: str,
    groups: Sequence[Group],
    rows: Sequence[tuple[str, Sequence[str]]],
    name_width: int = _LONGEST_NAME,
) -> list[str]:
    """Lay out a table whose columns are as wide as their names and cells need.

    Args:
        first: name of the first column, which holds the names of the rows.
        groups: the other columns, by group.
        rows: name of each row and its cells, one for each column of the groups.
        name_width: characters of the first column; longer names are cut.

    Returns:
        One line of group headings where any group has one, one of column names, one per row.
    """
    columns = [name for group in groups for name in group.columns]
    cells = [columns, *(list(row) for _, row in rows)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    blocks = [_group_blocks(line, groups, widths) for line in cells]
    spans = [
        max(len(group.title), *(len(line[place]) for line in blocks))
        for place, group in enumerate(groups)
    ]
    headings = [[group.title.center(span) for group, span in zip(groups, spans, strict=True)]]
    lines = [*(headings if any(group.title for group in groups) else []), *blocks]
    names = [*([""] if len(lines) > len(cells) else []), first, *(name for name, _ in rows)]
    return [
        _BETWEEN_GROUPS.join(
            [_cut(name, name_width), *(part.rjust(w) for part, w in zip(line, spans, strict=True))]
        ).rstrip()
        for name, line in zip(names, lines, strict=True)
    ]


def _group_blocks(
    cells: Sequence[str], groups: Sequence[Group], widths: Sequence[int]
) -> list[str]:
    """Join the cells of each group of a line."""
    padded = [cell.rjust(width) for cell, width in zip(cells, widths, strict=True)]
    blocks, start = [], 0
    for group in groups:
        end = start + len(group.columns)
        blocks.append(" ".join(padded[start:end]))
        start = end
    return blocks


def _cut(name: str, width: int) -> str:
    short = name if len(name) <= width else name[: width - 1] + "…"
    return f"{short:{width}}"
