"""An image of a finished run."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow.compute as pc

from ssimball.config.messages import suggestion
from ssimball.errors import ArtifactError, ConfigError
from ssimball.report.image.interface import Attacked, Single
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.contracts.images import CLASSES, CLEAN
from ssimball.storage.contracts.maps import EXPLANATIONS, SSIM
from ssimball.storage.contracts.overlap import OVERLAP, SUMMARY
from ssimball.storage.rows import record, row_number
from ssimball.storage.tables import read_table


def stored_image(run: Path, image_id: str, attacks: Sequence[str] = ()) -> Single:
    """What a run holds of an image.

    Args:
        run: its results folder.
        attacks: names of their folders; none: all that the run's statistics are of.

    Raises:
        ArtifactError: this is no finished run, or a table of it is damaged.
        ConfigError: it has no such image or attack.
    """
    if not (run / CLASSES.path).is_file():
        raise ArtifactError(f"{run}: holds no results of ssimball; name the folder of a run")
    shard = _shard(run, image_id)
    clean = run / "clean" / shard
    cam = run / "explanations" / "cam" / shard
    names = read_table(run / CLASSES.path, CLASSES).to_pylist()
    summary = read_table(run / SUMMARY.path, SUMMARY, ["attack"])
    chosen = attacks or summary.column("attack").unique().to_pylist()
    known = attack_names(run)
    for name in chosen:
        if name not in known:
            raise ConfigError(f"{run}: has no attack {name!r}; {suggestion(name, known)}")
    overlap = _overlap(run, image_id)
    return Single(
        record(clean, CLEAN, image_id),
        record(cam, EXPLANATIONS, image_id, ("map",))["map"],
        [row["name"] for row in names],
        {name: _attacked(run, name, shard, image_id, overlap.get(name, {})) for name in chosen},
        [_place(run, clean, CLEAN, image_id), _place(run, cam, EXPLANATIONS, image_id)],
    )


def images(run: Path) -> Iterator[tuple[str, str]]:
    """Shard (its file's name) and image_id of every image of a run, in order."""
    for path in sorted((run / "clean").glob("*.parquet")):
        for image_id in read_table(path, CLEAN, ["image_id"]).column("image_id").to_pylist():
            yield path.name, image_id


def attack_names(run: Path) -> list[str]:
    """Of every attack that a run stored, those of the sensitivity sweep too, by name."""
    return sorted(path.name for path in (run / "attacks").glob("*") if path.is_dir())


def _shard(run: Path, image_id: str) -> str:
    known = []
    for shard, name in images(run):
        if name == image_id:
            return shard
        known.append(name)
    raise ConfigError(f"{run}: has no image {image_id!r}; {suggestion(image_id, known)}")


def _attacked(
    run: Path, name: str, shard: str, image_id: str, overlap: dict[str, float]
) -> Attacked:
    attack, similarity = (run / folder / name / shard for folder in ("attacks", "ssim"))
    return Attacked(
        record(attack, ATTACKS, image_id),
        record(similarity, SSIM, image_id, ("ssim_map",))["ssim_map"],
        overlap,
        [_place(run, attack, ATTACKS, image_id), _place(run, similarity, SSIM, image_id)],
    )


def _overlap(run: Path, image_id: str) -> dict[str, dict[str, float]]:
    """Values by attack and metric; those that are missing are left out."""
    columns = ["image_id", "attack", "metric", "value"]
    table = read_table(run / OVERLAP.path, OVERLAP, columns)
    found: dict[str, dict[str, float]] = {}
    for row in table.filter(pc.field("image_id") == image_id).to_pylist():
        if row["value"] is not None:
            found.setdefault(row["attack"], {})[row["metric"]] = row["value"]
    return found


def _place(run: Path, path: Path, contract: Contract, image_id: str) -> str:
    return f"{path.relative_to(run)}, row {row_number(path, contract, image_id)}"
