"""The images of a planned run and the shards they are divided into."""

from functools import cached_property
from typing import TYPE_CHECKING, cast

from ssimball.config.dataset import FOOLBOX_PHOTOGRAPHS
from ssimball.config.study import StudyConfig
from ssimball.datasets import registry
from ssimball.datasets.interface import Entry
from ssimball.datasets.subset import choose, positions, shard_name

if TYPE_CHECKING:
    # The registry imports it for runs that have a manifest.
    from ssimball.datasets.manifest import ManifestDataset

IMAGENET_VALIDATION_IMAGES = 50_000


class PlannedSubset:
    """The subset of a run, known from the configuration and, where there is one, the manifest.

    Args:
        study: The checked configuration.
    """

    def __init__(self, study: StudyConfig) -> None:
        """Keep the configuration; a manifest is read when it is needed."""
        self._study = study
        self._shard_size = study.execution.shard_size

    @cached_property
    def images(self) -> int:
        """Number of images in the subset.

        Raises:
            DatasetError: The manifest is broken or lists fewer images than are asked for.
        """
        asked, dataset = self._study.subset.images, self._study.dataset
        if dataset.kind == "manifest":
            return len(self._entries)
        if asked != "all":
            return asked
        sizes = {
            "demo": dataset.demo.images,
            "foolbox": FOOLBOX_PHOTOGRAPHS,
            "imagenet": IMAGENET_VALIDATION_IMAGES,
        }
        return sizes[dataset.kind]

    @property
    def shards(self) -> list[str]:
        """Names of the shards, in order."""
        size = self._shard_size
        return [shard_name(first, size) for first in range(0, self.images, size)]

    def in_shard(self, shard: str) -> int:
        """Return the number of images in a shard."""
        return len(self.positions(shard))

    def positions(self, shard: str) -> range:
        """Return the positions in the subset of a shard's images."""
        return positions(shard, self._shard_size, self.images)

    @cached_property
    def manifest(self) -> "ManifestDataset":
        """The manifest of the run.

        Raises:
            DatasetError: The manifest is broken.
        """
        study = self._study
        opened = registry.open_dataset(study.dataset, study.model.num_classes)
        return cast("ManifestDataset", opened)

    @cached_property
    def _entries(self) -> list[Entry]:
        """The manifest's images that belong to the run, in order."""
        study = self._study
        return choose(self.manifest.entries(), study.subset.images, study.seed)

    def rows_sha256(self, shard: str) -> str:
        """Return the sha256 of what the manifest says of a shard's images."""
        shard_positions = self.positions(shard)
        entries = self._entries[shard_positions.start : shard_positions.stop]
        return self.manifest.rows_sha256(entries)
