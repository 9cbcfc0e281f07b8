"""The tables of two runs."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from ssimball.errors import ArtifactError
from ssimball.runs.compare.findings import Compared
from ssimball.runs.compare.tables import compare_table
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Run, present
from ssimball.storage.contracts.registry import CONTRACTS


def compare_runs(
    first: Path, second: Path, pattern: str = "*", by_hash: bool = False
) -> Iterator[Compared]:
    """Every table that either run has, in the order in which they are made.

    Args:
        first, second: results folders; their names do not matter.
        pattern: of the paths to look at; ``*`` stands for slashes too.
        by_hash: see :func:`compare_table`.

    Raises:
        ArtifactError: a folder is none of a run, or holds no table.
    """
    found = [_tables(folder) for folder in (first, second)]
    paths = sorted({**found[0], **found[1]}.items(), key=lambda one: (one[1], one[0]))
    chosen = [path for path, _ in paths if fnmatchcase(path, pattern)]
    if not chosen:
        raise ArtifactError(f"no table of either run is called {pattern}")
    for path in chosen:
        yield compare_table(first, second, path, by_hash)


def _tables(folder: Path) -> dict[str, int]:
    """Paths of the tables in a folder, each with the place of its contract among all."""
    order = {contract.name: number for number, contract in enumerate(CONTRACTS)}
    found = {}
    for path in present(Run(folder)):
        try:
            found[path] = order[artifact_of(path).contract.name]
        except ArtifactError:
            continue  # Words, figures, and what others have put there.
    if not found:
        raise ArtifactError(f"{folder}: holds no tables; run the workflow first")
    return found
