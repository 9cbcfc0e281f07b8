"""The report of an audit, for people and for other programs."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import pandas as pd

from ssimball.config.messages import listed
from ssimball.errors import ArtifactError
from ssimball.pipeline.run_log.durations import duration
from ssimball.runs.audit.findings import FAILED, NOT_POSSIBLE, Finding
from ssimball.runs.audit.registry import CHECKS
from ssimball.runs.compare.origins import SHOWN_DIGITS
from ssimball.runs.findings_file import write_findings
from ssimball.runs.layout import artifact_of
from ssimball.runs.wording import counted

#: Groups of failures, and failures of a group, that are printed; the file of findings has all.
PRINTED_GROUPS, PRINTED_OWN, PRINTED_OTHERS = 20, 5, 3
#: Digits of a sha256, and characters of another value that are printed.
_SHA256, _WIDTH = 64, 80
#: What many checks say of one missing file.
_MISSING = "no such file"


def kind_of(path: str) -> str:
    """Return the kind of artifact that a path names, e.g. ``attacks/<attack>/<shard>.parquet``."""
    try:
        artifact = artifact_of(path)
    except ArtifactError:
        return f"{path.partition('/')[0]}/*" if "/" in path else path
    prefix = "networks/<network>/" if artifact.network_prefix else ""
    return f"{prefix}{artifact.contract.path}"


def groups(findings: Iterable[Finding]) -> dict[str, list[Finding]]:
    """Return the failures by the file that they follow from, the largest group first."""
    by_cause: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.verdict == FAILED:
            by_cause.setdefault(finding.cause or finding.artifact, []).append(finding)
    return dict(sorted(by_cause.items(), key=lambda item: -len(item[1])))


def summary(findings: Sequence[Finding], seconds: float, note: str = "") -> str:
    """Report the failures by their cause, what is not checked, and the result in one line.

    Args:
        findings: of all checks, with their causes.
        seconds: how long the audit took.
        note: a sentence on all failures; empty: none.
    """
    grouped = groups(findings)
    lines = []
    for cause, failures in list(grouped.items())[:PRINTED_GROUPS]:
        lines += [*_group(cause, failures), ""]
    if len(grouped) > PRINTED_GROUPS:
        lines += [f"... and {len(grouped) - PRINTED_GROUPS} more files; --output FILE has all", ""]
    lines += [*_not_checked(findings), *([note, ""] if note else [])]
    return "\n".join([*lines, totals(findings, seconds)])


def totals(findings: Sequence[Finding], seconds: float) -> str:
    """Report the result in one line, with the numbers of files and checks."""
    grouped, verdicts = groups(findings), Counter(finding.verdict for finding in findings)
    files = counted(len({finding.artifact for finding in findings}), "file")
    checks = counted(len({finding.check for finding in findings}), "check")
    failures = f"{counted(verdicts[FAILED], 'failure')} from {counted(len(grouped), 'file')}; "
    result = f"FAILED: {failures}" if grouped else "Passed: "
    left = f"; {verdicts[NOT_POSSIBLE]} not possible" if verdicts[NOT_POSSIBLE] else ""
    return f"{result}{checks} of {files} in {duration(seconds)}{left}."


def as_json_value(
    findings: Sequence[Finding], seconds: float, sha256: str | None, note: str = ""
) -> dict[str, Any]:
    """Return the report for programs, with all findings.

    Args:
        findings: of all checks, with their causes.
        seconds: how long the audit took.
        sha256: that of the list of checksums; left out where a check failed.
        note: see :func:`summary`.
    """
    grouped = groups(findings)
    return {
        "passed": not grouped,
        "files": len({finding.artifact for finding in findings}),
        "seconds": round(seconds, 1),
        "sha256": None if grouped else sha256,
        "note": note,
        "causes": {cause: len(failures) for cause, failures in grouped.items()},
        "findings": [asdict(finding) for finding in findings],
    }


def _group(cause: str, failures: Sequence[Finding]) -> Iterator[str]:
    """Report the failures that follow from one file: its own first, each kind of them once."""
    own = [one for one in failures if one.artifact == cause]
    others = [one for one in failures if one.artifact != cause]
    files = len({one.artifact for one in others})
    count = counted(len(failures), "failure")
    where = (
        f", {len(others)} of them in {counted(files, 'file')} that depend on it" if others else ""
    )
    yield f"FAILED {cause}: {count}{where}"
    shown: set[str] = set()
    lines = [
        *(_line(one, "") for one in _kinds(own, PRINTED_OWN, shown)),
        *(_line(one, f"{one.artifact}: ") for one in _kinds(others, PRINTED_OTHERS, shown)),
    ]
    yield from lines
    if len(failures) > len(lines):
        yield f"    ... and {len(failures) - len(lines)} more; --output FILE has all"


def _kinds(failures: Iterable[Finding], most: int, shown: set[str]) -> list[Finding]:
    """Return the first failure of each check, without those whose values were shown before."""
    chosen: dict[str, Finding] = {}
    for one in failures:
        values = {value for value in (one.expected, one.found) if len(value) == _SHA256}
        values |= {one.reason} - {""}
        values |= {_MISSING} if _MISSING in f"{one.found} {one.reason}" else set()
        if one.check not in chosen and not values & shown:
            chosen[one.check] = one
            shown |= values
    return list(chosen.values())[:most]


def _line(finding: Finding, where: str) -> str:
    is_line = finding.row.startswith("line ")
    row = finding.row if is_line or not finding.row else f"row {finding.row}"
    parts = ", ".join(filter(None, (row, finding.what)))
    values = f"expected {_short(finding.expected)}, found {_short(finding.found)}"
    told = "; ".join(filter(None, (values if finding.expected else "", finding.reason)))
    return f"    {where}{': '.join(filter(None, (finding.check, parts, told)))}"


def _short(text: str) -> str:
    """Return the beginning of a long value: of a sha256, enough to tell it from others."""
    if len(text) == _SHA256:
        return text[:SHOWN_DIGITS]
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 3]}..."


def _not_checked(findings: Sequence[Finding]) -> Iterator[str]:
    reasons: dict[tuple[str, str], list[str]] = {}
    for one in findings:
        if one.verdict == NOT_POSSIBLE:
            reasons.setdefault((one.check, one.reason), []).append(one.artifact)
    if reasons:
        yield "Could not be checked:"
        claims = {check.name: check.claim for check in CHECKS}
        for (check, reason), artifacts in reasons.items():
            files = listed(list(dict.fromkeys(artifacts)))
            yield f"    {check} ({claims[check]}): {reason}: {files}"
        yield ""


def write(findings: Sequence[Finding], path: Path) -> None:
    """Write all findings as a table, ``.csv`` or Parquet."""
    columns = [field.name for field in fields(Finding)]
    rows = [asdict(finding) for finding in findings]
    write_findings(pd.DataFrame(rows, columns=columns), path)
