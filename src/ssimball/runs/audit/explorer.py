"""The explorer: its data are made again from the tables."""

import hashlib
from collections.abc import Iterable

from ssimball.report.explorer.contents import explorer_data
from ssimball.report.explorer.layout import FOLDER
from ssimball.report.explorer.settings import explorer_settings
from ssimball.report.explorer.shown import Shown
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import explorer
from ssimball.runs.run import Run

# Page, scripts and styles are the program; how a JPEG is written is the machine's business.
_DATA = (f"{FOLDER}/data/", f"{FOLDER}/images/")


def _paths(run: Run) -> Iterable[str]:
    files = explorer(run.study, len(run.subset))
    return [path for path in files if path.startswith(_DATA) and path.endswith(".js")]


def _made(run: Run) -> dict[str, str]:
    """sha256 of each file as made again."""
    if "explorer" not in run.kept:
        shown = Shown(run.folder, tuple(run.shards), explorer_settings(run.study))
        run.kept["explorer"] = {
            path: hashlib.sha256(content).hexdigest() for path, content in explorer_data(shown)
        }
    found: dict[str, str] = run.kept["explorer"]
    return found


def _explorer(run: Run, artifact: str, tally: Tally) -> None:
    tally.equal("", "sha256", _made(run)[artifact], run.sha256(artifact))


CHECKS = (Check("explorer", "it shows what the tables hold", _paths, _explorer),)
