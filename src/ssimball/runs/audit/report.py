"""The report of an audit, for people and for other programs."""

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
#: Number of failures that are printed in full; the file of findings has all.
PRINTED_FAILURES = 50


def kind_of(path: str) -> str:
    """Return the kind of artifact that a path names, e.g. ``attacks/<attack>/<shard>.parquet``."""
    try:
        artifact = artifact_of(path)
    except ArtifactError:
        return f"{path.partition('/')[0]}/*" if "/" in path else path
    prefix = "networks/<network>/" if artifact.network_prefix else ""
    return f"{prefix}{artifact.contract.path}"


def summary(findings: Sequence[Finding]) -> str:
    """Report the checks by kind of artifact and verdict, each failure, and what is not checked."""
    counts: dict[str, dict[str, Counter[str]]] = {}
    for finding in findings:
        by_verdict = counts.setdefault(kind_of(finding.artifact), {})
        by_verdict.setdefault(finding.verdict, Counter())[finding.check] += 1
    table = [
        {"artifact": kind, **{v: _counted(by_verdict.get(v, {})) for v in VERDICTS}}
        for kind, by_verdict in counts.items()
    ]
    lines = [pd.DataFrame(table).to_markdown(index=False, disable_numparse=True), ""]
    lines += [*_failures(findings), *_not_checked(findings)]
    totals = Counter(finding.verdict for finding in findings)
    words = ", ".join(f"{totals[verdict]} {verdict}" for verdict in VERDICTS)
    return "\n".join([*lines, f"{len(findings)} findings: {words}."])


def _counted(checks: Mapping[str, int]) -> str:
    return ", ".join(f"{check} {count}" for check, count in checks.items())


def _failures(findings: Sequence[Finding]) -> Iterator[str]:
    failures = [finding for finding in findings if finding.verdict == FAILED]
    for finding in failures[:PRINTED_FAILURES]:
        row = f", row {finding.row}" if finding.row else ""
        what = f": {finding.what}" if finding.what else ""
        reason = f" ({finding.reason})" if finding.reason else ""
        yield f"FAILED {finding.check}: {finding.artifact}{row}{what}"
        yield f"    expected {finding.expected}, found {finding.found}{reason}"
    if len(failures) > PRINTED_FAILURES:
        more = len(failures) - PRINTED_FAILURES
        yield f"... and {more} more failures; --output FILE writes all of them"
    yield from [""] if failures else []


def _not_checked(findings: Sequence[Finding]) -> Iterator[str]:
    groups = Counter((f.check, f.reason) for f in findings if f.verdict == NOT_POSSIBLE)
    if groups:
        yield "Could not be checked:"
        claims = {check.name: check.claim for check in CHECKS}
        for (check, reason), count in groups.items():
            yield f"    {check} ({claims[check]}), {count} times: {reason}"
        yield ""


def write(findings: Sequence[Finding], path: Path) -> None:
    """Write all findings as a table, ``.csv`` or Parquet."""
    columns = [field.name for field in fields(Finding)]
    rows = [asdict(finding) for finding in findings]
    write_findings(pd.DataFrame(rows, columns=columns), path)
