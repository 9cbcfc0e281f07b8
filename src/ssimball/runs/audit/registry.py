"""The list of checks, and the audit that runs them."""

from collections.abc import Iterable, Iterator

from ssimball.runs.audit import (
    beside,
    causal,
    certificates,
    explanations,
    explorer,
    figures,
    files,
    origins,
    overlap,
    predictions,
    references,
    regions,
    rows,
    similarity,
    sources,
    statistics,
    texts,
)
from ssimball.runs.audit.findings import Finding
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.tasks import tasks_of
from ssimball.runs.run import Run

#: All checks, in the order in which the audit runs them.
CHECKS: tuple[Check, ...] = (
    *files.CHECKS,
    *beside.CHECKS,
    *origins.CHECKS,
    *rows.CHECKS,
    *sources.CHECKS,
    *references.CHECKS,
    *similarity.CHECKS,
    *predictions.CHECKS,
    *explanations.CHECKS,
    *certificates.CHECKS,
    *overlap.CHECKS,
    *causal.CHECKS,
    *regions.CHECKS,
    *statistics.CHECKS,
    *texts.CHECKS,
    *explorer.CHECKS,
    *figures.CHECKS,
)


def audit(run: Run, checks: Iterable[Check] = CHECKS, artifacts: str = "*") -> Iterator[Finding]:
    """Run checks on a run, one after the other, and yield their findings.

    Args:
        run: the finished run.
        checks: checks to run, in this order.
        artifacts: pattern of the paths to examine; ``*`` matches slashes too.
    """
    for check in checks:
        for task in tasks_of(run, [check], artifacts):
            yield from task.findings(run)
