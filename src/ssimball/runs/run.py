"""A finished run on disk: its folder, configuration, tables and networks."""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import Any, TypeVar, cast

import pyarrow as pa

from ssimball.config.files import read_settings
from ssimball.config.stages.base import Stage
from ssimball.config.stages.images import CleanStage
from ssimball.config.study import StudyConfig, load_study
from ssimball.datasets.subset import shard_name
from ssimball.errors import ArtifactError, ImpossibleError, SsimballError
from ssimball.models.classifier import Classifier, load_classifier
from ssimball.models.remembering import remembering
from ssimball.runs.layout import Artifact, artifact_of, table_paths
from ssimball.runs.local_files import LocalFiles
from ssimball.runs.opening import CONFIG, require_run
from ssimball.runs.origin import Origin, check_version, input_files_of, origin_of
from ssimball.storage.checksums import CHECKSUMS, parse_checksums
from ssimball.storage.contracts.columns import VERSION, Contract, network_name
from ssimball.storage.contracts.images import CLEAN, SUBSET
from ssimball.storage.parquet_files import read_schema
from ssimball.storage.provenance import file_sha256
from ssimball.storage.regular_files import read_regular
from ssimball.storage.tables import read_table, tensor

#: A row of a stored table, by column.
Row = dict[str, Any]
S = TypeVar("S", bound=Stage)
T = TypeVar("T")
#: End of a line on Windows.
CRLF = b"\r\n"
#: Tables that a configuration may ask for, and how many times the files that the folder holds.
MAX_TABLES, _TIMES_FILES = 20_000, 10


class Run:
    """The results folder of a run.

    Attributes:
        folder: the results folder.
        local: files of this machine that the run may use.
        expect: sha256 that the run's list of checksums has to have; None: not known.
    """

    def __init__(
        self, folder: Path, local: LocalFiles | None = None, expect: str | None = None
    ) -> None:
        """Open a results folder.

        Raises:
            ArtifactError: the folder does not exist, holds no run, holds a link or a device, or
                was unpacked without folders.
        """
        self._files = require_run(folder)
        self.folder, self.local, self.expect = folder, local or LocalFiles(), expect
        self._computed: dict[Callable[[Run], Any], Any] = {}
        # Caches of this object, so that they are freed with it.
        self.sha256 = lru_cache(maxsize=None)(self._sha256)
        self.classifier = lru_cache(maxsize=2)(self._classifier)
        self.clean = lru_cache(maxsize=4)(self._clean)
        self._plain_rows = lru_cache(maxsize=8)(self._read_plain_rows)
        self.origin = lru_cache(maxsize=1024)(self._origin)
        self.input_files = lru_cache(maxsize=1024)(self._input_files)
        self._schema = lru_cache(maxsize=64)(self._read_schema)

    def once(self, compute: Callable[["Run"], T]) -> T:
        """Return ``compute(self)``, which is called the first time only."""
        if compute not in self._computed:
            self._computed[compute] = compute(self)
        return cast(T, self._computed[compute])

    @cached_property
    def study(self) -> StudyConfig:
        """The configuration stored beside the results.

        Raises:
            ArtifactError: the file is missing, damaged or not valid.
        """
        path = self.folder / CONFIG
        try:
            return load_study(read_settings(path, aliases=False))
        except FileNotFoundError:
            raise ArtifactError(f"{path}: no such file; every run has one") from None
        except OSError as error:
            raise ArtifactError(f"{path}: cannot be read ({error.strerror})") from None
        except SsimballError as error:
            message = str(error)
            where = "" if message.startswith(str(path)) else f"{path}: "
            raise ArtifactError(f"{where}{message}") from None

    @cached_property
    def checksums(self) -> dict[str, str]:
        """The sha256 of each file of the run, by path, from the run's list.

        Raises:
            ArtifactError: the list is missing or damaged.
        """
        try:
            content = read_regular(self.folder / CHECKSUMS)
            # Programs that copy texts may change the ends of lines, which the audit reports.
            return parse_checksums(content.replace(CRLF, b"\n"))
        except FileNotFoundError:
            raise ArtifactError(
                f"{self.folder / CHECKSUMS}: no such file; it is written at the end of a run, so "
                "finish the run first"
            ) from None

    @cached_property
    def subset(self) -> list[Row]:
        """Rows of the subset, all shards one after the other."""
        return [row for path in self.paths_of(SUBSET) for row in self.rows(path)]

    @cached_property
    def shards(self) -> list[str]:
        """Names of the shards: those that the configuration makes, that exist, or are listed.

        Raises:
            ArtifactError: the configuration asks for far more tables than the folder can hold.
        """
        images, size = self.study.subset.images, self.study.execution.shard_size
        images = 1 if images == "all" else images
        stored = {path.stem for path in (self.folder / SUBSET.path).parent.glob("*.parquet")}
        held = stored | self._listed_shards
        shards = max(-(-images // size), len(held))
        tables = shards * len(table_paths(self.study, [""]))
        if tables > max(MAX_TABLES, _TIMES_FILES * self._files):
            raise ArtifactError(
                f"{CONFIG}: asks for {tables:,} tables, those of {shards:,} shards, "
                f"but the folder holds {self._files:,} files; it is not that of this run"
            )
        return sorted({shard_name(first, size) for first in range(0, images, size)} | held)

    @property
    def _listed_shards(self) -> set[str]:
        try:
            paths = map(PurePosixPath, self.checksums)
            return {path.stem for path in paths if path.match(SUBSET.path.replace("<shard>", "*"))}
        except ArtifactError:
            return set()

    @cached_property
    def tables(self) -> list[Artifact]:
        """All tables that the configuration asks for, whether or not they exist."""
        return [artifact_of(path) for path in table_paths(self.study, self.shards)]

    def paths_of(self, *contracts: Contract) -> list[str]:
        """Return the paths of the tables of one of the contracts, in the workflow's order."""
        return [table.path for table in self.tables if table.contract in contracts]

    def files(self, contract: Contract, attacks: Iterable[str] | None = None) -> list[str]:
        """Return the files of the run's own network that follow a contract.

        Args:
            contract: contract of the tables.
            attacks: attacks to return, one after the other as the workflow lists them; None: all
                tables of the contract.
        """
        tables = [t for t in self.tables if t.contract == contract and not t.network_prefix]
        if attacks is not None:
            tables = [table for name in attacks for table in tables if table.attack == name]
        return [str(self.folder / table.path) for table in tables]

    def table(self, path: str, columns: list[str] | None = None) -> pa.Table:
        """Read a table, checked as :func:`ssimball.storage.tables.read_table` checks it.

        Raises:
            ArtifactError: naming the file and what is wrong with it.
        """
        return read_table(self.folder / path, artifact_of(path).contract, columns)

    def rows(self, path: str, *tensors: str) -> list[Row]:
        """Read the rows of a table, with the tensor columns that are named as arrays."""
        rows = [dict(row) for row in self._plain_rows(path)]
        if tensors:
            table = self.table(path, list(tensors))
            for number, row in enumerate(rows):
                row |= {name: tensor(table, name, number) for name in tensors}
        return rows

    def _read_plain_rows(self, path: str) -> list[Row]:
        columns = artifact_of(path).contract.columns
        rows: list[Row] = self.table(path, [c.name for c in columns if not c.dims]).to_pylist()
        return rows

    def _origin(self, path: str) -> Origin:
        """Read the origin that a table records of itself.

        Raises:
            ArtifactError: the table is missing, damaged, or of another version of the formats.
        """
        origin = origin_of(self._schema(path), Path(path))
        check_version(origin, VERSION, path)
        return origin

    def require_version(self) -> None:
        """Refuse a run whose tables are all of another version of the formats.

        Raises:
            ArtifactError: naming both versions.
        """
        problems = []
        for path in sorted((self.folder / SUBSET.path).parent.glob("*.parquet")):
            name = path.relative_to(self.folder).as_posix()
            try:
                origin = origin_of(self._schema(name), Path(name))
            except ArtifactError:
                continue
            if origin.version == VERSION:
                return
            problems.append((origin, name))
        for origin, name in problems[:1]:
            check_version(origin, VERSION, name)

    def stage(self, path: str, stage: type[S]) -> S:
        """Read the settings of the stage that wrote a table.

        Args:
            path: path of the table in the run's folder.
            stage: class of the stage.

        Raises:
            ArtifactError: the table is missing or damaged, or its settings are none of this
                version of ssimball.
        """
        origin = self.origin(path)  # an error of which names the table itself
        try:
            return stage.from_content(origin.stage)
        except ArtifactError as error:
            raise ArtifactError(f"{path}: {error}") from None

    def _input_files(self, path: str) -> dict[str, str]:
        """Read the sha256 of each input file, by path, that a table records.

        Raises:
            ArtifactError: the table is missing or damaged.
        """
        try:
            return input_files_of(self._schema(path))
        except ValueError as error:
            raise _damaged(path, error) from None

    def _read_schema(self, path: str) -> pa.Schema:
        if not (self.folder / path).exists():
            raise ArtifactError(f"{path}: no such file; the configuration asks for it")
        return read_schema(self.folder / path)

    def _sha256(self, path: str) -> str:
        """Return the hex sha256 of a file of the run."""
        return file_sha256(self.folder / path)

    def _clean(self, network_prefix: str, shard: str) -> dict[str, Row]:
        """Return the rows of the clean table of a network and shard, by image."""
        rows = self.rows(network_prefix + CLEAN.at(shard=shard))
        return {row["image_id"]: row for row in rows}

    def _classifier(self, network_prefix: str) -> Classifier:
        """Load the network whose tables lie under a prefix.

        Raises:
            ImpossibleError: its weights are not on this machine, or only the configuration names
                them.
        """
        tables = (t for t in self.tables if t.contract == CLEAN)
        clean = next(table.path for table in tables if table.network_prefix == network_prefix)
        name = network_name(network_prefix) or ""
        # The stage holds the sha256 of the weights, which are checked against it.
        weights = self.local.weights_of(self.study, name)
        model = self.stage(clean, CleanStage).model.model_copy(update={"weights": weights})
        try:
            self.local.check_model(model)
            return remembering(load_classifier(model), model)
        except ImpossibleError:
            raise
        except SsimballError as error:
            raise ImpossibleError(f"the network is not here ({error})") from None


def _damaged(path: str, error: Exception) -> ArtifactError:
    return ArtifactError(f"{path}: damaged or not Parquet ({str(error).splitlines()[0]})")


def files_present(run: Run) -> Iterator[str]:
    """Yield the sorted paths of all files in the folder, except logs and the list of checksums."""
    for path in sorted(run.folder.rglob("*")):
        name = path.relative_to(run.folder).as_posix()
        if path.is_file() and name != CHECKSUMS and not name.startswith("logs/"):
            yield name
