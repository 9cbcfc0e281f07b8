"""The report of a comparison, for people and for other programs."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, fields
from math import inf
from pathlib import Path
from typing import Any

import pandas as pd

from ssimball.config.messages import listed
from ssimball.runs.compare.cells import IMAGES
from ssimball.runs.compare.findings import DIFFERENT, EQUAL, MISSING, WITHIN, Compared, Finding
from ssimball.runs.findings_file import write_findings
from ssimball.runs.wording import counted

#: From the worst to the best.
VERDICTS = (DIFFERENT, WITHIN, EQUAL)
#: Number of tables that are printed one by one; the file of findings has all.
PRINTED_TABLES = 40
#: Kinds of findings that many tables share and that are printed once.
_ORIGINS = ("settings", "code", "packages", "device")


def summary(tables: Sequence[Compared], exact: bool) -> str:
    """Report the tables that differ, worst first, how their origins differ, and the totals."""
    differing = [table for table in tables if table.findings and not table.missing]
    differing.sort(key=lambda table: _rank(table, exact))
    lines = []
    if differing:
        rows = [_row(table, exact) for table in differing[:PRINTED_TABLES]]
        lines.append(pd.DataFrame(rows).to_markdown(index=False, disable_numparse=True))
    if len(differing) > PRINTED_TABLES:
        more = len(differing) - PRINTED_TABLES
        lines.append(f"... and {more} more tables; --output FILE writes all findings")
    origins_and_missing = [*_begin(tables), *_origins(differing), *_missing(tables)]
    parts = ["\n".join(part) for part in (lines, origins_and_missing) if part]
    return "\n\n".join([*parts, totals(tables, exact)])


def totals(tables: Sequence[Compared], exact: bool) -> str:
    """Report how many tables have which verdict."""
    counts = Counter(table.verdict(exact) for table in tables)
    verdicts = ", ".join(f"{counts[verdict]} {verdict}" for verdict in reversed(VERDICTS))
    missing = sum(table.missing for table in tables)
    in_one_run = f" ({missing} of them in one run alone)" if missing else ""
    return f"{counted(len(tables), 'table')}: {verdicts}{in_one_run}."


def beginnings(tables: Sequence[Compared]) -> list[str]:
    """Return the tables that differ although none that they were made from does."""
    differing = {table.path for table in tables if table.differs}
    return [t.path for t in tables if t.differs and not differing & {*t.inputs}]


def _begin(tables: Sequence[Compared]) -> Iterator[str]:
    found = beginnings(tables)
    if found:
        yield f"differences begin in: {listed(found)}"


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
    kinds = Counter(finding.kind for finding in table.findings)
    worst = table.worst
    return {
        "table": table.path,
        "verdict": table.verdict(exact),
        "worst": "" if worst is None else finding_text(worst),
        "all": ", ".join(f"{kind} {count}" if count > 1 else kind for kind, count in kinds.items()),
    }


def finding_text(finding: Finding) -> str:
    """Report a finding in one line."""
    first, second = finding.sides
    sides = f"{first} / {second}" if first != second else ""
    parts = [" ".join(filter(None, (finding.kind, finding.what))) + _largest(finding)]
    if finding.compared:
        parts.append(f"{finding.beyond or finding.cells} of {finding.compared}")
    parts.append(": ".join(filter(None, (finding.row, sides))))
    return "; ".join(filter(None, parts))


def _largest(finding: Finding) -> str:
    if finding.absolute is None or finding.absolute == inf:
        return ""
    if finding.kind == IMAGES:
        return f" {finding.absolute:g} levels, {finding.parts} pixels"
    relative = f", {finding.relative:.2g} relative" if finding.allowed else ""
    return f" {finding.absolute:.3g}{relative}"


def _origins(tables: Sequence[Compared]) -> Iterator[str]:
    """Report each difference of origins once, with the number of tables that have it."""
    counts: Counter[str] = Counter()
    for table in tables:
        findings = (finding for finding in table.findings if finding.kind in _ORIGINS)
        counts.update({_origin(finding) for finding in findings})
    for line, count in counts.most_common():
        yield f"{line} ({counted(count, 'table')})"


def _origin(finding: Finding) -> str:
    if finding.kind == "code":
        return "other code"
    name = " ".join(filter(None, (finding.kind, finding.what)))
    return f"{name} is {finding.sides[0]} / {finding.sides[1]}"


def write(tables: Sequence[Compared], exact: bool, path: Path) -> None:
    """Write all findings, and one row for each equal table, as ``.csv`` or Parquet."""
    names = [field.name for field in fields(Finding) if field.name != "sides"]
    columns = ["table", "verdict", *names, "first", "second"]
    write_findings(pd.DataFrame(rows(tables, exact), columns=columns), path)


def rows(tables: Sequence[Compared], exact: bool) -> list[dict[str, Any]]:
    """Return a row for each finding, and one for each equal table."""
    found = [
        _stored_finding(table.path, finding, exact)
        for table in tables
        for finding in table.findings
    ]
    equal = [table.path for table in tables if not table.findings]
    return [*found, *({"table": path, "verdict": EQUAL, "excess": 0.0} for path in equal)]


def _stored_finding(path: str, finding: Finding, exact: bool) -> dict[str, Any]:
    first, second = finding.sides
    verdict = finding.verdict(exact)
    return {
        "table": path,
        "verdict": verdict,
        **asdict(finding),
        "first": first,
        "second": second,
    }
