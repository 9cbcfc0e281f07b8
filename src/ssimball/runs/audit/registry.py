"""The checks, in the order in which they are made, and the audit itself."""

from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatchcase

from ssimball.errors import ImpossibleError, SsimballError
from ssimball.runs.audit import (
    across,
    causal,
    certificates,
    chains,
    explained,
    explorer,
    figures,
    files,
    overlaps,
    predictions,
    rows,
    similarity,
    sources,
)
from ssimball.runs.audit.findings import Finding, Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.run import CONFIG, Run

CHECKS: tuple[Check, ...] = (
    *files.CHECKS,
    *chains.CHECKS,
    *rows.CHECKS,
    *sources.CHECKS,
    *similarity.CHECKS,
    *predictions.CHECKS,
    *explained.CHECKS,
    *certificates.CHECKS,
    *overlaps.CHECKS,
    *causal.CHECKS,
    *across.CHECKS,
    *explorer.CHECKS,
    *figures.CHECKS,
)


def audit(
    run: Run,
    checks: Iterable[Check] = CHECKS,
    artifacts: str = "*",
    begun: Callable[[Check], None] = lambda check: None,
) -> Iterator[Finding]:
    """Make checks of a run.

    Args:
        artifacts: pattern of the paths to look at; ``*`` stands for slashes too.
        begun: is told of each check before it is made.
    """
    for check in checks:
        begun(check)
        try:
            paths = list(check.artifacts(run))
        except SsimballError as error:
            # What is asked for hangs on the configuration, and the shards on the subset.
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
        tally.cannot("", "", str(error))
    except SsimballError as error:
        tally.fail("", "", "files that can be read", "damaged or missing ones", str(error))
    except Exception as error:  # Whatever a file that was tampered with leads to.
        reason = f"{type(error).__name__}: {error}".splitlines()[0]
        tally.fail("", "", "values that can be derived", "others", reason)
    return tally.findings()
