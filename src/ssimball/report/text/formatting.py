"""Numbers and paragraphs as plain text of a fixed width."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

#: Characters of the longest line.
WIDTH = 100
Row = Mapping[str, Any]


def none_if_nan(value: Any) -> Any:
    """Return a value, or None for NaN, which is how pandas reads a null."""
    return None if value is None or value != value else value


def number(value: float | None, style: str) -> str:
    """Return a number in a format style, or "-" where there is none."""
    return "-" if value is None else format(value, style)


def signed(value: float | None) -> str:
    """Return a number with its sign and two decimals, or "-" where there is none."""
    return number(value, "+z.2f")


def interval(low: float | None, high: float | None) -> str:
    """Return the ends of an interval with signs and two decimals, or "-" where there are none."""
    if low is None and high is None:
        return "-"
    return f"{signed(low)} .. {signed(high)}"


def paragraph(text: str) -> str:
    """Wrap a text to the common width."""
    return fill(text, WIDTH)


def listed(label: str, items: Sequence[str]) -> str:
    """Return an indented, wrapped line ``label: items``."""
    line = f"  {label}: " + ", ".join(items)
    return fill(line, WIDTH, subsequent_indent="    ", break_long_words=False)
