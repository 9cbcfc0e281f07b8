"""A Markdown table with some of its columns."""

from collections.abc import Sequence


def with_columns(text: str, titles: Sequence[str]) -> str:
    r"""Return Markdown that begins with a table, with the columns of these titles alone.

    Args:
        text: the table, then any text; a text without a table is returned as it is.
        titles: titles of the columns to keep; those that the table lacks are left out.

    Examples:
        >>> print(with_columns("| a | b |\n|---|---|\n| 1 | 2 |\n\nEnd.", ["b"]))
        | b |
        |---|
        | 2 |
        <BLANKLINE>
        End.
    """
    table, separator, after = text.partition("\n\n")
    rows = [_cells(line) for line in table.splitlines()]
    kept = [place for place, title in enumerate(rows[0]) if title in titles] if rows else []
    if len(rows) < 2 or not kept:
        return text
    lines = [_line([row[place] for place in kept if place < len(row)]) for row in rows]
    lines[1] = "|" + "---|" * len(kept)
    return "\n".join(lines) + (separator + after or "\n")


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
