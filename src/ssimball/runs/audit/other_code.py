"""Whether other code than this made a run: then words may differ although no file was changed."""

from collections.abc import Iterable

from ssimball.errors import SsimballError
from ssimball.runs.audit.findings import FAILED, Finding
from ssimball.runs.crate.sources import Sources
from ssimball.runs.run import Run

#: Checks of what this code words or lays out, which no table records.
_WORDED = ("texts", "explorer")


def note_of_code(run: Run, findings: Iterable[Finding], sources: Sources | None = None) -> str:
    """Return a sentence for failures of texts and pages of a run that other code made.

    Args:
        run: the run.
        findings: of the audit.
        sources: the code at hand; None: this.

    Returns:
        The sentence; empty where nothing of that kind failed, or where the code is the same or
        cannot be told.
    """
    if not any(one.verdict == FAILED and one.check in _WORDED for one in findings):
        return ""
    sources = sources or Sources()
    try:
        tables = [one.path for one in run.tables if (run.folder / one.path).is_file()]
        others = [] if sources.root is None else sources.unknown_origin(run, tables)
    except SsimballError:
        return ""
    if not others:
        return ""
    return (
        f"Other code than this made {len(others)} of {len(tables)} tables. Words of texts and "
        "pages may differ for that reason alone: audit with the code that made the run."
    )
