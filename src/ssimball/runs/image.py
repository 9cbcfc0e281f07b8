"""One image of a finished run, as its tables hold it."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow.compute as pc

from ssimball.config.messages import suggestion
from ssimball.errors import ArtifactError, ConfigError
from ssimball.overlap.metric import COLUMNS, Metric
from ssimball.report.image.interface import Attacked, Single, ValueAndNull
from ssimball.runs.opening import require_run
from ssimball.storage.batches import batches
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.contracts.images import CLASSES, CLEAN
from ssimball.storage.contracts.maps import EXPLANATIONS, SSIM
from ssimball.storage.contracts.overlap import OVERLAP, SUMMARY
from ssimball.storage.rows import record, row_number
from ssimball.storage.tables import read_table


def stored_image(run: Path, image_id: str, attacks: Sequence[str] = ()) -> Single:
    """Read everything that a run stored of one image.

    Args:
        run: results folder of the run.
        image_id: the image's name in the subset.
        attacks: names of the attacks to read; none: all attacks in the run's summary.

    Raises:
        ArtifactError: the folder holds no finished run, or one of its tables is damaged.
        ConfigError: the run has no such image or attack.
    """
    require_run(run)
    shard_file = _shard_file(run, image_id)
    clean = run / "clean" / shard_file
    cam = run / "explanations" / "cam" / shard_file
    names = read_table(run / CLASSES.path, CLASSES).to_pylist()
    overlap = _overlap(run, image_id)
    explained = record(cam, EXPLANATIONS, image_id, ("map",))
    return Single(
        record(clean, CLEAN, image_id),
        explained["map"],
        [row["name"] for row in names],
        {
            name: _attacked(run, name, shard_file, image_id, overlap.get(name, {}))
            for name in _checked_attacks(run, attacks)
        },
        [_location(run, clean, CLEAN, image_id), _location(run, cam, EXPLANATIONS, image_id)],
        exact_cam=explained["map"] is None or explained["bias"] is not None,
    )


def images(run: Path) -> Iterator[tuple[str, str]]:
    """Yield the shard's file name and the image_id of every image of a run, in order."""
    for path in sorted((run / "clean").glob("*.parquet")):
        for image_id in read_table(path, CLEAN, ["image_id"]).column("image_id").to_pylist():
            yield path.name, image_id


def attack_names(run: Path) -> list[str]:
    """Return the sorted names of all attacks that a run stored, sensitivity sweep included."""
    return sorted(path.name for path in (run / "attacks").glob("*") if path.is_dir())


def _checked_attacks(run: Path, attacks: Sequence[str]) -> Sequence[str]:
    """Return the attacks asked for, or those of the summary where none is asked for."""
    summary = read_table(run / SUMMARY.path, SUMMARY, ["attack"])
    chosen: Sequence[str] = attacks or summary.column("attack").unique().to_pylist()
    stored = attack_names(run)
    for name in chosen:
        if name not in stored:
            raise ConfigError(f"{run}: has no attack {name!r}; {suggestion(name, stored)}")
    return chosen


def _shard_file(run: Path, image_id: str) -> str:
    known = []
    for shard_file, name in images(run):
        if name == image_id:
            return shard_file
        known.append(name)
    if not known:
        raise ArtifactError(f"{run / 'clean'}: no table of images; finish the run first")
    raise ConfigError(f"{run}: has no image {image_id!r}; {suggestion(image_id, known)}")


def _attacked(
    run: Path, name: str, shard_file: str, image_id: str, overlap: Mapping[Metric, ValueAndNull]
) -> Attacked:
    attack, similarity = (run / folder / name / shard_file for folder in ("attacks", "ssim"))
    return Attacked(
        record(attack, ATTACKS, image_id),
        record(similarity, SSIM, image_id, ("ssim_map",))["ssim_map"],
        overlap,
        [_location(run, attack, ATTACKS, image_id), _location(run, similarity, SSIM, image_id)],
    )


def _overlap(run: Path, image_id: str) -> dict[str, dict[Metric, ValueAndNull]]:
    """Return the image's overlap by attack and metric, without missing values."""
    columns = ["image_id", "attack", *COLUMNS, "value", "null_value"]
    overlap: dict[str, dict[Metric, ValueAndNull]] = {}
    of_image = pc.field("image_id") == image_id
    for table in batches(run / OVERLAP.path, OVERLAP, columns):
        for row in table.filter(of_image & pc.field("value").is_valid()).to_pylist():
            metric = Metric(*(row[name] for name in COLUMNS))
            overlap.setdefault(row["attack"], {})[metric] = row["value"], row["null_value"]
    return overlap


def _location(run: Path, path: Path, contract: Contract, image_id: str) -> str:
    """Name the table and the row, counted from 0, that hold an image."""
    return f"{path.relative_to(run)}, row {row_number(path, contract, image_id)}"
