"""Findings for people and for other programs."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path

import pandas as pd

from ssimball.errors import ArtifactError
from ssimball.runs.audit.findings import FAILED, NOT_POSSIBLE, OK, Finding
from ssimball.runs.audit.registry import CHECKS
from ssimball.runs.findings_file import write_findings
from ssimball.runs.layout import artifact_of

VERDICTS = (OK, FAILED, NOT_POSSIBLE)
#: Failures printed in full; all are in the file of findings.
SHOWN = 50


def kind_of(path: str) -> str:
    """What an artifact is one of, e.g. ``attacks/<attack>/<shard>.parquet``."""
    try:
        one = artifact_of(path)
    except ArtifactError:
        return f"{path.partition('/')[0]}/*" if "/" in path else path
    return f"{'networks/<network>/' if one.place else ''}{one.contract.path}"


def summary(findings: Sequence[Finding]) -> str:
    """Checks by kind of artifact and verdict, each failure, and what could not be checked."""
    counts: dict[str, dict[str, Counter[str]]] = {}
    for one in findings:
        verdicts = counts.setdefault(kind_of(one.artifact), {})
        verdicts.setdefault(one.verdict, Counter())[one.check] += 1
    table = [
        {"artifact": kind, **{verdict: _listed(found.get(verdict, {})) for verdict in VERDICTS}}
        for kind, found in counts.items()
    ]
    lines = [pd.DataFrame(table).to_markdown(index=False, disable_numparse=True), ""]
    lines += [*_failures(findings), *_impossible(findings)]
    total = Counter(one.verdict for one in findings)
    words = ", ".join(f"{total[verdict]} {verdict}" for verdict in VERDICTS)
    return "\n".join([*lines, f"{len(findings)} findings: {words}."])


def _listed(checks: Mapping[str, int]) -> str:
    return ", ".join(f"{check} {count}" for check, count in checks.items())


def _failures(findings: Sequence[Finding]) -> Iterator[str]:
    failures = [one for one in findings if one.verdict == FAILED]
    for one in failures[:SHOWN]:
        where = f", row {one.row}" if one.row else ""
        what = f": {one.what}" if one.what else ""
        why = f" ({one.reason})" if one.reason else ""
        yield f"FAILED {one.check}: {one.artifact}{where}{what}"
        yield f"    expected {one.expected}, found {one.found}{why}"
    if len(failures) > SHOWN:
        yield f"... and {len(failures) - SHOWN} failures more; --output FILE has them all"
    yield from [""] if failures else []


def _impossible(findings: Sequence[Finding]) -> Iterator[str]:
    groups = Counter((o.check, o.reason) for o in findings if o.verdict == NOT_POSSIBLE)
    if groups:
        yield "Could not be checked:"
        says = {check.name: check.says for check in CHECKS}
        for (check, reason), count in groups.items():
            yield f"    {check} ({says[check]}), {count} times: {reason}"
        yield ""


def write(findings: Sequence[Finding], path: Path) -> None:
    """All findings as a table; ``.csv``, or Parquet."""
    columns = [one.name for one in fields(Finding)]
    write_findings(pd.DataFrame([asdict(one) for one in findings], columns=columns), path)
