"""Checks of files as bytes: the list of checksums, and that no file is missing."""

from collections.abc import Iterator

from ssimball.errors import ArtifactError
from ssimball.runs.audit.beside import beside
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import FILES, Check
from ssimball.runs.layout import explorer_paths, figure_paths, text_paths
from ssimball.runs.opening import CONFIG
from ssimball.runs.run import CRLF, Run, files_present
from ssimball.storage.checksums import CHECKSUMS
from ssimball.storage.regular_files import read_regular


def _listed_and_present(run: Run) -> Iterator[str]:
    """Yield the list of checksums, the files that it lists, and what else is in the folder."""
    yield CHECKSUMS
    try:
        listed = run.checksums
    except ArtifactError:
        return  # Reported when the list itself is examined.
    yield from listed
    yield from run.once(_beside)


def _beside(run: Run) -> dict[str, int]:
    """Return the number of files that the list does not have, by file or folder."""
    return beside([path for path in files_present(run) if path not in run.checksums])


def _checksums(run: Run, path: str, tally: Tally) -> None:
    if path == CHECKSUMS:
        tally.holds("", "files listed", bool(run.checksums), "some", "none")
        ends = CRLF in read_regular(run.folder / CHECKSUMS)
        tally.holds("", "ends of lines", not ends, "LF", "CR LF, as of a copy on Windows")
        if run.expect is not None:
            tally.equal("", "sha256", run.expect, run.sha256(CHECKSUMS))
        return
    listed = run.checksums.get(path)
    if listed is None:
        files = run.once(_beside)[path]
        count = f"{files} files " if files > 1 else ""
        tally.impossible("", "", f"{count}not listed in {CHECKSUMS}, so not part of the run")
    elif not (run.folder / path).is_file():
        tally.fail("", "file", "as listed", "no such file")
    else:
        tally.equal("", "sha256", listed, run.sha256(path))


def _configured_and_listed(run: Run) -> list[str]:
    """Return what the configuration asks for, and tables that are listed without it."""
    try:
        listed = [path for path in run.checksums if path.endswith(".parquet")]
    except ArtifactError:
        listed = []  # Reported by the check of checksums.
    return list(dict.fromkeys([*run.once(_configured), *listed]))


def _configured(run: Run) -> dict[str, None]:
    """Return the paths that the configuration asks for, in order.

    They are the keys of a dict for quick look-ups: the explorer of a large run has thousands.
    """
    tables = [table.path for table in run.tables]
    drawn = [f"{name}.{kind}" for name in figure_paths(run.study) for kind in ("pdf", "png")]
    pages = explorer_paths(run.study, len(run.subset))
    return dict.fromkeys([CONFIG, *tables, *text_paths(run.study), *drawn, *pages])


def _complete(run: Run, path: str, tally: Tally) -> None:
    tally.holds("", "in the configuration", path in run.once(_configured), "yes", "no")
    tally.holds("", "file", (run.folder / path).is_file(), "exists", "no such file")
    tally.holds("", f"listed in {CHECKSUMS}", path in run.checksums, "yes", "no")


CHECKS = (
    Check(
        "checksums",
        f"the file has the sha256 listed in {CHECKSUMS}",
        _listed_and_present,
        _checksums,
        family=FILES,
        by_shard=False,
        cost=0.0015,
    ),
    Check(
        "complete",
        f"the file exists, is listed, and {CONFIG} asks for it",
        _configured_and_listed,
        _complete,
        family=FILES,
        by_shard=False,
        cost=0.0002,
    ),
)
