"""The list of checks, and the audit that runs them."""

from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase

from ssimball.errors import ImpossibleError, SsimballError
from ssimball.runs.audit import (
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
from ssimball.runs.audit.findings import Finding, Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.run import CONFIG, Run

#: All checks, in the order in which the audit runs them.
CHECKS: tuple[Check, ...] = (
    *files.CHECKS,
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


def audit(
    run: Run,
    checks: Iterable[Check] = CHECKS,
    artifacts: str = "*",
    before_check: Callable[[Check], None] = lambda check: None,
) -> Iterator[Finding]:
    """Run checks on a run and yield their findings.

    Args:
        run: the finished run.
        checks: checks to run, in this order.
        artifacts: pattern of the paths to examine; ``*`` matches slashes too.
        before_check: called with each check before it runs.
    """
    for check in checks:
        before_check(check)
        try:
            paths = list(check.artifacts(run))
        except SsimballError as error:
            # The configuration and the subset determine which artifacts there are.
            tally = Tally(check.name, CONFIG)
            tally.fail("", "", "configuration and subset that can be read", "", str(error))
            yield from tally.findings()
            continue
        for path in paths:
            if fnmatchcase(path, artifacts):
                yield from _examined(check, run, path)


def _examined(check: Check, run: Run, path: str) -> list[Finding]:
    tally = Tally(check.name, path)
    try:
        check.examine(run, path, tally)
    except ImpossibleError as error:
        tally.impossible("", "", str(error))
    except SsimballError as error:
        tally.fail("", "", "files that can be read", "damaged or missing files", str(error))
    except Exception as error:  # A file that was tampered with can lead to any error.
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        tally.fail("", "", "values that can be derived", "values that cannot", reason)
    return tally.findings()
