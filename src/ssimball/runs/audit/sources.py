"""Checks of source images: draw the subset again, and prepare the stored images again."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ssimball.datasets.interface import Dataset, Entry
from ssimball.datasets.preprocessing import preprocess
from ssimball.datasets.registry import open_dataset
from ssimball.datasets.subset import choose, positions
from ssimball.errors import DatasetError, ImageError, ImpossibleError
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.pictures import levels as stored_levels
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.contracts.images import CLASSES, CLEAN, SUBSET


@dataclass(frozen=True)
class _Source:
    """The data set that the configuration names, and its entries by image."""

    dataset: Dataset
    entries: Mapping[str, Entry]


def _source(run: Run) -> _Source:
    """Open the data set.

    Raises:
        ImpossibleError: it is not on this machine, or only the configuration names its files.
    """
    try:
        dataset = open_dataset(run.local.dataset(run.study), run.study.model.num_classes)
        return _Source(dataset, {entry.image_id: entry for entry in dataset.entries()})
    except (DatasetError, OSError) as error:
        raise ImpossibleError(f"source images are not here ({error})") from None


def _chosen(run: Run) -> list[Entry]:
    """Choose the images of all shards again."""
    entries = list(run.once(_source).entries.values())
    return choose(entries, run.study.subset.images, run.study.seed)


def _sources(run: Run, path: str, tally: Tally) -> None:
    source = run.once(_source)
    if path == CLASSES.path:
        names = [row["name"] for row in run.rows(path)]
        tally.equal("", "names", list(source.dataset.class_names), names)
        return
    artifact = artifact_of(path)
    if artifact.contract == SUBSET:
        rows = run.rows(path)
        _check_choice(run, artifact.shard, rows, tally)
        for row in rows:
            _check_files(row, source, tally)
    else:
        for row in run.clean(artifact.network_prefix, artifact.shard).values():
            if row["status"] == "ok":
                _check_pixels(run, row, source, tally)


def _check_choice(run: Run, shard: str, rows: list[Row], tally: Tally) -> None:
    """Compare a shard of the subset with the images that are chosen again."""
    chosen = run.once(_chosen)
    shard_positions = positions(shard, run.study.execution.shard_size, len(chosen))
    entries = chosen[shard_positions.start : shard_positions.stop]
    expected = [(entry.image_id, entry.label) for entry in entries]
    stored = [(row["image_id"], row["label"]) for row in rows]
    tally.equal("", "images chosen", len(expected), len(stored))
    for derived, found in zip(expected, stored, strict=False):
        tally.equal(found[0], "image and label chosen", derived, found)


def _check_files(row: Row, source: _Source, tally: Tally) -> None:
    name = row["image_id"]
    entry = source.entries.get(name)
    if entry is None:
        tally.impossible(name, "sha256", "the data set on this machine does not hold the image")
        return
    try:
        hashes = {
            "sha256": source.dataset.sha256(entry),
            "mask_sha256": source.dataset.mask_sha256(entry),
        }
    except ImageError as error:
        tally.impossible(name, "sha256", f"the source image is not here ({error})")
        return
    for key, value in hashes.items():
        if row["status"] == "selected":
            tally.equal(name, key, value, row[key])


def _check_pixels(run: Run, row: Row, source: _Source, tally: Tally) -> None:
    """Compare the stored image and mask with those prepared from the source image."""
    name = row["image_id"]
    entry = source.entries.get(name)
    try:
        if entry is None:
            raise ImageError("the data set on this machine does not hold it")
        image = preprocess(source.dataset.load(entry), run.study.preprocessing)
    except ImageError as error:
        tally.impossible(name, "image_png", f"the source image is not here ({error})")
        return
    expected = {"image_png": image.rgb, "mask_png": image.mask}
    for key, pixels in expected.items():
        if pixels is None or row[key] is None:
            tally.equal(name, key, pixels is None, row[key] is None)
            continue
        levels = pixels if pixels.dtype == np.uint8 else pixels * np.uint8(255)
        equal = np.array_equal(levels, stored_levels(row[key]))
        tally.holds(name, key, equal, "the pixels of the source", "other pixels")


CHECKS = (
    Check(
        "sources",
        "the table follows from the source images",
        lambda run: run.paths_of(SUBSET, CLASSES, CLEAN),
        _sources,
        cost=0.01,
    ),
)
