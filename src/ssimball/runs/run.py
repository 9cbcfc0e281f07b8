"""The run that is audited: its folder, its configuration, its tables, and the networks."""

import json
from collections.abc import Iterator
from functools import cached_property, lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from ssimball.config.model import ModelConfig
from ssimball.config.study import StudyConfig, load_study
from ssimball.datasets.subset import shard_name
from ssimball.errors import ArtifactError, ImpossibleError, SsimballError
from ssimball.models.classifier import Classifier, load_classifier
from ssimball.runs.layout import Artifact, artifact_of, tables
from ssimball.storage.checksums import CHECKSUMS, parse_checksums
from ssimball.storage.contracts.columns import VERSION, Contract, network_name
from ssimball.storage.contracts.images import CLASSES, CLEAN, SUBSET
from ssimball.storage.provenance import file_sha256
from ssimball.storage.tables import SESSION_KEY, describe, read_table, tensor

Row = dict[str, Any]
CONFIG = "config.yaml"


class Run:
    """A results folder.

    Args:
        folder: of the run.
        weights: file of the network's weights; None: where the configuration says.
        expect: sha256 that its list of checksums is known to have.

    Raises:
        ArtifactError: the folder is none of a run.
    """

    def __init__(
        self, folder: Path, weights: Path | None = None, expect: str | None = None
    ) -> None:
        if not folder.is_dir():
            raise ArtifactError(f"{folder}: there is no such folder")
        if not any((folder / name).is_file() for name in (CONFIG, CHECKSUMS, CLASSES.path)):
            raise ArtifactError(f"{folder}: holds no results of ssimball (no {CONFIG})")
        self.folder, self.weights, self.expect = folder, weights, expect
        #: What checks keep for each other.
        self.kept: dict[str, Any] = {}
        # Of this run and no longer than it.
        self.sha256 = lru_cache(maxsize=None)(self._sha256)
        self.classifier = lru_cache(maxsize=2)(self._classifier)
        self.clean = lru_cache(maxsize=4)(self._clean)

    @cached_property
    def study(self) -> StudyConfig:
        """The configuration beside the results.

        Raises:
            ArtifactError: it cannot be read or is not valid.
        """
        path = self.folder / CONFIG
        try:
            raw = yaml.safe_load(path.read_text(encoding="utf-8"))
            return load_study(raw)
        except FileNotFoundError:
            raise ArtifactError(f"{path}: no such file") from None
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ArtifactError(f"{path}: damaged ({str(error).splitlines()[0]})") from None
        except SsimballError as error:
            raise ArtifactError(f"{path}: {error}") from None

    @cached_property
    def checksums(self) -> dict[str, str]:
        """The list of the run's files, sha256 by path.

        Raises:
            ArtifactError: there is none, or it is damaged.
        """
        try:
            return parse_checksums((self.folder / CHECKSUMS).read_bytes())
        except FileNotFoundError:
            raise ArtifactError(
                f"{self.folder / CHECKSUMS}: no such file; a run of the whole workflow makes it"
            ) from None

    @cached_property
    def subset(self) -> list[Row]:
        """Rows of the subset, of all its shards."""
        return [row for path in self.of(SUBSET) for row in self.rows(path)]

    @cached_property
    def shards(self) -> list[str]:
        """Names of the shards: those that the number of images makes, and those that are there."""
        asked, size = self.study.subset.images, self.study.execution.shard_size
        images = 1 if asked == "all" else asked
        configured = {shard_name(first, size) for first in range(0, images, size)}
        there = {path.stem for path in (self.folder / SUBSET.path).parent.glob("*.parquet")}
        return sorted(configured | there | self._listed)

    @property
    def _listed(self) -> set[str]:
        """Shards of the subset in the list of checksums, where there is one."""
        try:
            paths = map(PurePosixPath, self.checksums)
            return {path.stem for path in paths if path.match(SUBSET.path.replace("<shard>", "*"))}
        except ArtifactError:
            return set()

    @cached_property
    def tables(self) -> list[Artifact]:
        """All tables that the configuration asks for, whether or not they are there."""
        return [artifact_of(path) for path in tables(self.study, self.shards)]

    def of(self, *contracts: Contract) -> list[str]:
        """Paths of the tables of some contracts, in the order in which they are made."""
        return [one.path for one in self.tables if one.contract in contracts]

    def table(self, path: str, columns: list[str] | None = None) -> pa.Table:
        """See :func:`ssimball.storage.tables.read_table`.

        Raises:
            ArtifactError: naming the file.
        """
        return read_table(self.folder / path, artifact_of(path).contract, columns)

    def rows(self, path: str, *tensors: str) -> list[Row]:
        """Rows of a table, tensors only where they are named, as arrays."""
        columns = artifact_of(path).contract.columns
        names = [column.name for column in columns if not column.dims]
        table = self.table(path, [*names, *tensors])
        rows: list[Row] = table.select(names).to_pylist()
        for number, row in enumerate(rows):
            row |= {name: tensor(table, name, number) for name in tensors}
        return rows

    def origin(self, path: str) -> Row:
        """What a table's metadata says; ``input_files`` of the session among it.

        Raises:
            ArtifactError: the table is damaged, or written by another version.
        """
        try:
            schema = pq.read_schema(self.folder / path)
            session = json.loads((schema.metadata or {}).get(SESSION_KEY, b"{}"))
        except FileNotFoundError:
            raise ArtifactError(f"{path}: no such file") from None
        except (OSError, ValueError, pa.ArrowException) as error:
            reason = str(error).splitlines()[0]
            raise ArtifactError(f"{path}: damaged or not Parquet ({reason})") from None
        found = describe(schema, Path(path))
        if found.get("version") != VERSION:
            raise ArtifactError(
                f"{path}: has version {found.get('version')} of the formats, this is {VERSION}; "
                "audit it with the code that made it"
            )
        return {**found, "input_files": session.get("input_files", {})}

    def _sha256(self, path: str) -> str:
        """Hex sha256 of a file of the run."""
        return file_sha256(self.folder / path)

    def _clean(self, place: str, shard: str) -> dict[str, Row]:
        """Rows of the clean table of a network and shard, by image."""
        return {row["image_id"]: row for row in self.rows(f"{place}clean/{shard}.parquet")}

    def _classifier(self, place: str) -> Classifier:
        """The network whose files lie at a place.

        Raises:
            ImpossibleError: its weights are not here.
        """
        stage = self.origin(next(p for p in self.of(CLEAN) if p.startswith(f"{place}clean/")))
        name, own = network_name(place), self.study.model.weights
        weights = own if self.weights is None else str(self.weights)
        if name is not None:
            weights = self.study.sensitivity.networks[name].get("weights", weights)
        try:
            # The stage holds the sha256 of the weights, which are checked against it.
            settings = ModelConfig.model_validate({**stage["stage"]["model"], "weights": weights})
            return load_classifier(settings)
        except SsimballError as error:
            raise ImpossibleError(f"the network is not here ({error})") from None


def present(run: Run) -> Iterator[str]:
    """Paths of all files in the folder but logs and the list of checksums, sorted."""
    for path in sorted(run.folder.rglob("*")):
        name = path.relative_to(run.folder).as_posix()
        if path.is_file() and name != CHECKSUMS and not name.startswith("logs/"):
            yield name
