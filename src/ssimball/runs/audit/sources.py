"""Source images: that they are those that were drawn, and what the stored images come from."""

from collections.abc import Mapping

import numpy as np

from ssimball.datasets.interface import Dataset, Entry
from ssimball.datasets.preprocessing import preprocess
from ssimball.datasets.registry import open_dataset
from ssimball.datasets.subset import choose, positions
from ssimball.errors import DatasetError, ImageError, ImpossibleError
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.contracts.images import CLASSES, CLEAN, SUBSET
from ssimball.storage.images import decode_png


def _dataset(run: Run) -> tuple[Dataset, Mapping[str, Entry]]:
    """The data set at the place of config.yaml.

    Raises:
        ImpossibleError: it is not here.
    """
    if "dataset" not in run.kept:
        try:
            dataset = open_dataset(run.study.dataset, run.study.model.num_classes)
            entries = {entry.image_id: entry for entry in dataset.entries()}
        except (DatasetError, OSError) as error:
            raise ImpossibleError(f"source images are not here ({error})") from None
        run.kept["dataset"] = dataset, entries
    found: tuple[Dataset, Mapping[str, Entry]] = run.kept["dataset"]
    return found


def _sources(run: Run, artifact: str, tally: Tally) -> None:
    dataset, entries = _dataset(run)
    if artifact == CLASSES.path:
        names = [row["name"] for row in run.rows(artifact)]
        tally.equal("", "names", list(dataset.class_names), names)
    elif artifact_of(artifact).contract == SUBSET:
        rows = run.rows(artifact)
        _chosen(run, artifact_of(artifact).shard, rows, tally)
        for row in rows:
            _files(row, dataset, entries.get(row["image_id"]), tally)
    else:
        for row in run.clean(artifact_of(artifact).place, artifact_of(artifact).shard).values():
            if row["status"] == "ok":
                _pixels(run, row, dataset, entries.get(row["image_id"]), tally)


def _chosen(run: Run, shard: str, rows: list[Row], tally: Tally) -> None:
    """A shard of the subset, chosen again."""
    study = run.study
    if "chosen" not in run.kept:  # the same for all shards
        entries = list(_dataset(run)[1].values())
        run.kept["chosen"] = choose(entries, study.subset.images, study.seed)
    chosen: list[Entry] = run.kept["chosen"]
    mine = positions(shard, study.execution.shard_size, len(chosen))
    expected = [(one.image_id, one.label) for one in chosen[mine.start : mine.stop]]
    found = [(row["image_id"], row["label"]) for row in rows]
    tally.equal("", "images chosen", len(expected), len(found))
    for one, other in zip(expected, found, strict=False):
        tally.equal(other[0], "image and label chosen", one, other)


def _files(row: Row, dataset: Dataset, entry: Entry | None, tally: Tally) -> None:
    name = row["image_id"]
    if entry is None:
        tally.cannot(name, "sha256", "the image is not in the data set that is here")
        return
    try:
        found = {"sha256": dataset.sha256(entry), "mask_sha256": dataset.mask_sha256(entry)}
    except ImageError as error:
        tally.cannot(name, "sha256", f"the source image is not here ({error})")
        return
    for key, value in found.items():
        if row["status"] == "selected":
            tally.equal(name, key, value, row[key])


def _pixels(run: Run, row: Row, dataset: Dataset, entry: Entry | None, tally: Tally) -> None:
    """The stored image and mask, from the source image."""
    name = row["image_id"]
    try:
        if entry is None:
            raise ImageError("it is not in the data set")
        image = preprocess(dataset.load(entry), run.study.preprocessing)
    except ImageError as error:
        tally.cannot(name, "image_png", f"the source image is not here ({error})")
        return
    stored = {"image_png": image.rgb, "mask_png": image.mask}
    for key, expected in stored.items():
        if expected is None or row[key] is None:
            tally.equal(name, key, expected is None, row[key] is None)
            continue
        found = decode_png(row[key])
        levels = expected if expected.dtype == np.uint8 else expected * np.uint8(255)
        tally.true(name, key, np.array_equal(levels, found), "the pixels of the source", "others")


CHECKS = (
    Check(
        "sources",
        "it comes from the source images",
        lambda run: run.of(SUBSET, CLASSES, CLEAN),
        _sources,
    ),
)
