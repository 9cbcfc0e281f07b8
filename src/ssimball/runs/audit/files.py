"""Files as bytes: the list of checksums, and that nothing is missing."""

from collections.abc import Iterator

from ssimball.errors import ArtifactError
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import explorer, figures, texts
from ssimball.runs.run import CONFIG, Run, present
from ssimball.storage.checksums import CHECKSUMS


def _listed(run: Run) -> Iterator[str]:
    """The list itself, what it lists, and what lies in the folder beside that."""
    yield CHECKSUMS
    try:
        listed = run.checksums
    except ArtifactError:
        return  # Said when the list is examined.
    yield from dict.fromkeys([*listed, *present(run)])


def _checksums(run: Run, artifact: str, tally: Tally) -> None:
    if artifact == CHECKSUMS:
        tally.true("", "files listed", bool(run.checksums), "some", "none")
        if run.expect is not None:
            tally.equal("", "sha256", run.expect, run.sha256(CHECKSUMS))
        return
    listed = run.checksums.get(artifact)
    if listed is None:
        tally.cannot("", "", f"not in {CHECKSUMS}, so no part of the run")
    elif not (run.folder / artifact).is_file():
        tally.fail("", "file", "as listed", "no such file")
    else:
        tally.equal("", "sha256", listed, run.sha256(artifact))


def _asked_for(run: Run) -> list[str]:
    """What the configuration asks for, and tables that are listed without it."""
    try:
        listed = [path for path in run.checksums if path.endswith(".parquet")]
    except ArtifactError:
        listed = []  # Said by the other check.
    return list(dict.fromkeys([*_configured(run), *listed]))


def _configured(run: Run) -> dict[str, None]:
    """In order, and quick to ask: the explorer of a large run has thousands of files. Kept."""
    if "configured" not in run.kept:
        pages = explorer(run.study, len(run.subset))
        tables = [one.path for one in run.tables]
        drawn = [f"{name}.{kind}" for name in figures(run.study) for kind in ("pdf", "png")]
        asked = [CONFIG, *tables, *texts(run.study), *drawn, *pages]
        run.kept["configured"] = dict.fromkeys(asked)
    found: dict[str, None] = run.kept["configured"]
    return found


def _complete(run: Run, artifact: str, tally: Tally) -> None:
    tally.true("", "in the configuration", artifact in _configured(run), "yes", "no")
    tally.true("", "file", (run.folder / artifact).is_file(), "is there", "no such file")
    tally.true("", f"listed in {CHECKSUMS}", artifact in run.checksums, "yes", "no")


CHECKS = (
    Check("checksums", "its bytes are those listed in checksums.sha256", _listed, _checksums),
    Check("complete", "it is there, listed, and asked for by config.yaml", _asked_for, _complete),
)
