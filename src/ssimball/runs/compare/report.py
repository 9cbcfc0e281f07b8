"""A comparison for people and for other programs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from math import inf
from pathlib import Path

import pandas as pd

from ssimball.config.messages import listed
from ssimball.runs.compare.cells import IMAGES
from ssimball.runs.compare.findings import DIFFERENT, EQUAL, MISSING, WITHIN, Compared, Finding
from ssimball.runs.findings_file import write_findings

VERDICTS = (DIFFERENT, WITHIN, EQUAL)
#: Tables printed one by one; all are in the file of findings.
SHOWN = 40
#: Kinds of findings that are the same for many tables and are told once.
_ORIGINS = ("settings", "code", "packages", "device")


def summary(tables: Sequence[Compared], exact: bool) -> str:
    """Tables that differ, worst first, what they were made with, and totals in words."""
    others = [one for one in tables if one.findings and not one.missing]
    others.sort(key=lambda one: _rank(one, exact))
    lines = []
    if others:
        rows = [_row(one, exact) for one in others[:SHOWN]]
        lines.append(pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True))
    if len(others) > SHOWN:
        lines.append(f"... and {len(others) - SHOWN} tables more; --output FILE has them all")
    said = [*_origins(others), *_missing(tables)]
    parts = ["\n".join(part) for part in (lines, said) if part]
    return "\n\n".join([*parts, totals(tables, exact)])


def totals(tables: Sequence[Compared], exact: bool) -> str:
    """How many tables have which verdict, in words."""
    counts = Counter(one.verdict(exact) for one in tables)
    said = ", ".join(f"{counts[verdict]} {verdict}" for verdict in reversed(VERDICTS))
    gone = sum(one.missing for one in tables)
    only = f" ({gone} of them in one run alone)" if gone else ""
    return f"{_tables(len(tables))}: {said}{only}."


def _missing(tables: Sequence[Compared]) -> Iterator[str]:
    for number, run in enumerate(("first", "second")):
        names = [
            table.path
            for table in tables
            if table.missing and table.findings[0].sides[number] == MISSING
        ]
        if names:
            yield f"not in the {run} run: {listed(names)}"


def _rank(table: Compared, exact: bool) -> tuple[int, float, int]:
    worst = table.worst
    excess = 0.0 if worst is None else worst.excess
    return VERDICTS.index(table.verdict(exact)), -excess, -len(table.findings)


def _row(table: Compared, exact: bool) -> dict[str, str]:
    kinds = Counter(one.kind for one in table.findings)
    worst = table.worst
    return {
        "table": table.path,
        "verdict": table.verdict(exact),
        "worst": "" if worst is None else words(worst),
        "all": ", ".join(f"{kind} {count}" if count > 1 else kind for kind, count in kinds.items()),
    }


def words(found: Finding) -> str:
    """A finding in a line."""
    first, second = found.sides
    sides = f"{first} / {second}" if first != second else ""
    parts = [" ".join(filter(None, (found.kind, found.what))) + _largest(found)]
    if found.compared:
        parts.append(f"{found.beyond or found.cells} of {found.compared}")
    parts.append(": ".join(filter(None, (found.row, sides))))
    return "; ".join(filter(None, parts))


def _largest(found: Finding) -> str:
    if found.absolute is None or found.absolute == inf:
        return ""
    if found.kind == IMAGES:
        return f" {found.absolute:g} levels, {found.parts} pixels"
    relative = f", {found.relative:.2g} relative" if found.allowed else ""
    return f" {found.absolute:.3g}{relative}"


def _origins(tables: Sequence[Compared]) -> Iterator[str]:
    """Settings, packages and the like, with the number of tables that they are other in."""
    found: Counter[str] = Counter()
    for table in tables:
        own = (one for one in table.findings if one.kind in _ORIGINS)
        found.update({_origin(one) for one in own})
    for line, count in found.most_common():
        yield f"{line} ({_tables(count)})"


def _origin(one: Finding) -> str:
    if one.kind == "code":
        return "other code"
    name = " ".join(filter(None, (one.kind, one.what)))
    return f"{name} is {one.sides[0]} / {one.sides[1]}"


def _tables(count: int) -> str:
    return f"{count} table{'' if count == 1 else 's'}"


def write(tables: Sequence[Compared], exact: bool, path: Path) -> None:
    """All findings, and a row without one for each table that is equal; ``.csv`` or Parquet."""
    names = [one.name for one in fields(Finding) if one.name != "sides"]
    columns = ["table", "verdict", *names, "first", "second"]
    rows = [
        {"table": table.path, "verdict": one.verdict(exact), **asdict(one)}
        | dict(zip(("first", "second"), one.sides, strict=True))
        for table in tables
        for one in table.findings
    ]
    rows += [
        {"table": table.path, "verdict": EQUAL, "excess": 0.0}
        for table in tables
        if not table.findings
    ]
    write_findings(pd.DataFrame(rows, columns=columns), path)
