"""Rows of the summaries as plain text of a fixed width."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

from ssimball.statistics.verdicts import ABOVE, BELOW, UNCLEAR, UNDECIDED

WIDTH = 100
Row = Mapping[str, Any]

_NAME = 14
SIGNS = {ABOVE: ">", BELOW: "<", UNCLEAR: "=", UNDECIDED: "?"}


class Summary:
    """Rows of contracts.overlap.SUMMARY by attack and metric; attacks keep their order."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = {(row["attack"], row["metric"]): row for row in rows}
        self.attacks = list(dict.fromkeys(row["attack"] for row in rows))

    def value(self, attack: str, metric: str, column: str = "mean") -> Any:
        """None where there is none."""
        return known(self.rows.get((attack, metric), {}).get(column))

    def number(self, attack: str, metric: str, style: str, column: str = "mean") -> str:
        """A value as text, "-" where there is none."""
        return number(self.value(attack, metric, column), style)

    def correlation(self, attack: str, metric: str = "spearman_cam", column: str = "mean") -> str:
        """A value with its sign and two digits."""
        return self.number(attack, metric, "+z.2f", column)

    def verdict(self, attack: str, metric: str = "spearman_cam") -> str:
        """That the images are too few where there is none."""
        found = self.rows.get((attack, metric), {}).get("verdict")
        return found if isinstance(found, str) else UNDECIDED

    def sign(self, attack: str, metric: str) -> str:
        """A sign for the verdict, empty where nothing was tested."""
        return SIGNS[self.verdict(attack, metric)] if (attack, metric) in self.rows else ""


def known(value: Any) -> Any:
    """NaN, as pandas reads a null, is None."""
    return None if value is None or value != value else value


def number(value: float | None, style: str) -> str:
    """A value as text, "-" where there is none."""
    return "-" if value is None else format(value, style)


def paragraph(text: str) -> str:
    """Wrapped."""
    return fill(text, WIDTH)


def listed(words: str, names: Sequence[str]) -> str:
    """An indented line, ``words: names``, wrapped; without the words where they are empty."""
    first = f"  {words}: " if words else "  "
    return fill(first + ", ".join(names), WIDTH, subsequent_indent="    ", break_long_words=False)


def in_column(name: str) -> str:
    """A name cut or padded to the width of the tables' first column."""
    short = name if len(name) <= _NAME else name[: _NAME - 1] + "…"
    return f"{short:{_NAME}}"
