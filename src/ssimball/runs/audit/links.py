"""What each file of a run was made from, as its tables record it."""

from collections import deque
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import PurePosixPath

from ssimball.errors import ArtifactError
from ssimball.report.explorer.layout import FOLDER
from ssimball.runs.layout import artifact_of
from ssimball.runs.opening import CONFIG
from ssimball.runs.run import Run
from ssimball.storage.checksums import CHECKSUMS

_FIGURES = "figures/"


class Links:
    """The files of a run, and those that each was made from."""

    def __init__(self, run: Run) -> None:
        """Link the files of a run, which may be damaged or missing."""
        self._run = run
        self.inputs = lru_cache(maxsize=None)(self._inputs)

    @cached_property
    def tables(self) -> list[str]:
        """Paths of all tables, in the workflow's order; none where the configuration is damaged."""
        try:
            return [table.path for table in self._run.tables]
        except ArtifactError:
            return []

    @cached_property
    def listed(self) -> dict[str, str]:
        """The run's list of checksums; empty where it is damaged."""
        try:
            return self._run.checksums
        except ArtifactError:
            return {}

    @cached_property
    def _recorded_as(self) -> dict[str, dict[str, str]]:
        """The sha256 that each table records of a file, by file and table."""
        recorded: dict[str, dict[str, str]] = {}
        for table in self.tables:
            for path, sha256 in self.recorded(table).items():
                recorded.setdefault(path, {})[table] = sha256
        return recorded

    def exists(self, path: str) -> bool:
        """Return whether the folder holds a file."""
        return (self._run.folder / path).is_file()

    def recorded(self, path: str) -> dict[str, str]:
        """Return the sha256 of each input, by path, that a table records; empty for other files."""
        try:
            artifact_of(path)
            return {str(name): sha for name, sha in self._run.input_files(path).items()}
        except (ArtifactError, AttributeError):
            return {}

    def _inputs(self, path: str) -> tuple[str, ...]:
        """Return what a file was made from, as far as that is known."""
        try:
            artifact_of(path)
        except ArtifactError:
            return self._inputs_of_page(path)
        return tuple(self.recorded(path))

    def _inputs_of_page(self, path: str) -> tuple[str, ...]:
        if path in (CONFIG, CHECKSUMS):
            return ()
        table = str(PurePosixPath(path).with_suffix(".parquet"))
        if path.startswith(_FIGURES):
            return (table,) if table in self.tables else ()
        explorer = path.startswith(f"{FOLDER}/")
        return tuple(name for name in self.tables if explorer or not name.startswith(_FIGURES))

    def ancestors(self, path: str) -> Iterator[str]:
        """Yield what a file was made from, directly and indirectly: the nearest first."""
        seen, waiting = {path}, deque([path])
        while waiting:
            for name in self.inputs(waiting.popleft()):
                if name not in seen:
                    seen.add(name)
                    waiting.append(name)
                    yield name

    def is_recorded_as_it_is(self, path: str, changed: set[str]) -> bool:
        """Return whether an unchanged table records the bytes that a file has.

        Args:
            path: the file.
            changed: tables that do not count.
        """
        return any(
            sha256 == self._run.sha256(path)
            for table, sha256 in self._recorded_as.get(path, {}).items()
            if table not in changed
        )

    def is_recorded(self, path: str) -> bool:
        """Return whether any table records a file as its input."""
        return path in self._recorded_as
