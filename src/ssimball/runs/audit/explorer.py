"""Check of the explorer: derive its data from the tables again."""

import hashlib
from collections.abc import Iterable

from ssimball.report.explorer.contents import explorer_data
from ssimball.report.explorer.layout import FOLDER
from ssimball.report.explorer.run_tables import RunTables
from ssimball.report.explorer.settings import explorer_stage
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import explorer_paths
from ssimball.runs.run import Run

# Page, scripts and styles belong to the program, and the bytes of a JPEG depend on the machine.
_DATA = (f"{FOLDER}/data/", f"{FOLDER}/images/")


def _paths(run: Run) -> Iterable[str]:
    files = explorer_paths(run.study, len(run.subset))
    return [path for path in files if path.startswith(_DATA) and path.endswith(".js")]


def _expected_sha256(run: Run) -> dict[str, str]:
    """Return the sha256 of each data file, written again from the tables."""
    tables = RunTables(run.folder, tuple(run.shards), explorer_stage(run.study, len(run.subset)))
    return {path: hashlib.sha256(content).hexdigest() for path, content in explorer_data(tables)}


def _explorer(run: Run, path: str, tally: Tally) -> None:
    tally.equal("", "sha256", run.once(_expected_sha256)[path], run.sha256(path))


CHECKS = (
    Check(
        "explorer",
        "the explorer shows what the tables hold",
        _paths,
        _explorer,
        family="explorer",
        cost=0.04,
    ),
)
