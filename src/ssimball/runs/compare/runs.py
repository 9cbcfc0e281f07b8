"""The comparison of all tables of two runs."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from ssimball.errors import ArtifactError
from ssimball.runs.compare.findings import Compared
from ssimball.runs.compare.tables import compare_table
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Run, files_present
from ssimball.storage.contracts.registry import CONTRACTS


def compare_runs(
    first: Path, second: Path, pattern: str = "*", by_hash: bool = False
) -> Iterator[Compared]:
    """Compare every table that either run has, in the order in which the workflow makes them.

    Args:
        first: results folder of one run; the names of the folders do not matter.
        second: results folder of the other run.
        pattern: pattern of the paths to compare; ``*`` matches slashes too.
        by_hash: see :func:`ssimball.runs.compare.tables.compare_table`.

    Raises:
        ArtifactError: a folder holds no run or no table, or no table matches the pattern.
    """
    positions = _tables(first) | _tables(second)
    paths = sorted(positions, key=lambda path: (positions[path], path))
    chosen = [path for path in paths if fnmatchcase(path, pattern)]
    if not chosen:
        raise ArtifactError(
            f"--artifacts {pattern}: matches no table of either run; give a pattern such as "
            "'attacks/*'"
        )
    for path in chosen:
        yield compare_table(first, second, path, by_hash)


def _tables(folder: Path) -> dict[str, int]:
    """Return the paths of all tables in a folder, each with the position of its contract."""
    order = {contract.name: number for number, contract in enumerate(CONTRACTS)}
    tables = {}
    for path in files_present(Run(folder)):
        try:
            tables[path] = order[artifact_of(path).contract.name]
        except ArtifactError:
            continue  # Texts, figures and files of other programs.
    if not tables:
        raise ArtifactError(f"{folder}: holds no tables; run the workflow first")
    return tables
