"""What the log of a job says: how far it is, its last lines, what it has used."""

import re
from collections.abc import Iterator
from pathlib import Path

from ssimball.pipeline.usage import JobUsage

#: How the last line begins of a job that refused its input.
REFUSED = "ssimball: "
#: Lines of :meth:`ssimball.pipeline.jobs.Job.report_progress`.
_PROGRESS = re.compile(r": (\d+) of (\d+) \[")


def log_text(log: Path) -> str:
    """Return a log's text; what a network or a library prints may be in any encoding.

    Raises:
        OSError: it cannot be read.
    """
    return log.read_text(encoding="utf-8", errors="replace")


def _text(log: Path) -> str:
    try:
        return log_text(log)
    except OSError:
        return ""


def images_done(log: Path) -> tuple[int, int] | None:
    """Return how many images a running job has done, and of how many; None if it does not say."""
    found = _PROGRESS.findall(_text(log))
    return (int(found[-1][0]), int(found[-1][1])) if found else None


def last_lines(log: Path, number: int) -> list[str]:
    """Return the last lines of a log that are neither empty nor progress."""
    lines = [line.rstrip() for line in _text(log).splitlines()]
    return [line for line in lines if line and not _PROGRESS.search(line)][-number:]


def usage_of(log: Path) -> JobUsage | None:
    """Return what a job has used; None if it did not finish or another version wrote its log."""
    try:
        return JobUsage.of_log(_text(log))
    except (TypeError, ValueError):
        return None


def all_usage(folder: Path) -> Iterator[JobUsage]:
    """Yield what the finished jobs of a run have used.

    Args:
        folder: Folder of the logs.
    """
    for log in folder.rglob("*.log"):
        usage = usage_of(log)
        if usage is not None:
            yield usage
