"""Makes the stored tables of a run of many images out of those of a run of few.

Ids, positions and labels are the run's own; every other number and every cell of a small map is
reduced by a random share of its own. What no job that is single for the run looks at is left out or
reduced: pictures (PNG, SSIM maps) of images that are neither in the
explorer nor on contact sheets, all gradients and perturbations, and three of four rows and columns
of explanations of pixels.
"""

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from ssimball.config.dataset import IMAGENET_CLASSES
from ssimball.runs.layout import artifact_of
from ssimball.runtime.randomness import digest
from ssimball.storage.content_hash import content_sha256
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.contracts.maps import EXPLANATIONS, SSIM
from ssimball.storage.provenance import canonical_json
from ssimball.storage.spool import write_groups
from ssimball.storage.tables import KEY

#: Images on a contact sheet, and the table of a shard that all tables are named like.
SHEET_IMAGES, FIRST = 6, "00000.parquet"
#: Tensors of more values than this are pictures.
SMALL_TENSOR = 1024
#: Of explanations of pixels, every so manieth row and column is kept.
STRIDE = 4
#: Largest share by which a number is reduced, and bits that the cells of a map keep.
VARIATION, BITS = 0.3, 10


@dataclass(frozen=True)
class Made:
    """The run to make.

    Attributes:
        source: folder of a finished run of few images in one shard.
        target: folder of the run to make.
        images: number of its images.
        shard_size: images of a shard.
        pictures: number of images, from the first, that the explorer shows with pictures.
        seed: seed of the run.
    """

    source: Path
    target: Path
    images: int
    shard_size: int
    pictures: int
    seed: int

    @property
    def shards(self) -> int:
        """Number of shards."""
        return -(-self.images // self.shard_size)

    def ids(self, shard: int) -> list[str]:
        """Return the ids of a shard's images."""
        first = shard * self.shard_size
        last = min(first + self.shard_size, self.images)
        return [f"ILSVRC2012_val_{number + 1:08d}" for number in range(first, last)]


def make_shards(made: Made, workers: int) -> None:
    """Write all tables that are stored by shard."""
    files = made.source.rglob(FIRST)
    names = sorted(path.relative_to(made.source).as_posix() for path in files)
    clean = pq.read_table(made.source / "clean" / FIRST, columns=["image_id", "correct"])
    chosen = _on_sheets(made, clean)
    with ProcessPoolExecutor(workers) as pool:
        for _ in pool.map(_make, [made] * len(names), names, [chosen] * len(names)):
            pass


def _on_sheets(made: Made, clean: pa.Table) -> set[str]:
    """Return the ids of the images that the contact sheets and the example show."""
    correct = clean["correct"].to_pylist()
    ids = [name for shard in range(made.shards) for name in made.ids(shard)]
    shown = [name for number, name in enumerate(ids) if correct[number % len(correct)]]
    shown.sort(key=lambda name: digest(made.seed, "sheet", name))
    return set(shown[:SHEET_IMAGES])


def _make(made: Made, name: str, sheets: set[str]) -> None:
    """Write one table for all shards."""
    contract = artifact_of(name).contract
    source = pq.ParquetFile(made.source / name).read()
    images = pq.read_table(made.source / "subset" / FIRST)["image_id"].to_pylist()
    of_source = source["image_id"].to_pylist()
    rows = [[n for n, image in enumerate(of_source) if image == one] for one in images]
    for shard in range(made.shards):
        ids = made.ids(shard)
        positions = shard * made.shard_size + np.arange(len(ids))
        chosen = [rows[position % len(rows)] for position in positions]
        numbers = np.repeat(np.arange(len(ids)), [len(some) for some in chosen])
        shown = [positions[n] < made.pictures or ids[n] in sheets for n in range(len(ids))]
        columns = _columns(
            contract,
            source.take(np.concatenate(chosen).astype(np.int64)),
            _Given(np.array(ids)[numbers], positions[numbers], np.array(shown)[numbers], shard),
            np.random.default_rng([made.seed, shard, *name.encode()]),
        )
        path = made.target / name.replace(FIRST, f"{shard:05d}.parquet")
        _write(path, contract, pa.table(dict(columns)), dict(source.schema.metadata))


def _write(path: Path, contract: Contract, table: pa.Table, metadata: dict[bytes, bytes]) -> None:
    origin = json.loads(metadata[KEY])
    origin.pop("content_sha256")
    content = content_sha256(table, origin, contract.volatile)
    metadata[KEY] = canonical_json({**origin, "content_sha256": content}).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_groups(path, table.schema.with_metadata(metadata), [table], contract)


@dataclass(frozen=True)
class _Given:
    """What is given of each row: its image's id and position, and whether it has pictures."""

    ids: NDArray[np.str_]
    positions: NDArray[np.int64]
    shown: NDArray[np.bool_]
    shard: int


def _columns(
    contract: Contract, taken: pa.Table, given: _Given, rng: np.random.Generator
) -> Iterator[tuple[str, pa.Array]]:
    """Yield the columns of a table: ids and labels of its own, other numbers varied."""
    own = {
        "image_id": pa.array(given.ids),
        "position": pa.array(given.positions, pa.int32()),
        "label": pa.array(given.positions % IMAGENET_CLASSES, pa.int32()),
        "shard": pa.array([f"{given.shard:05d}"] * len(taken)),
    }
    for column in contract.columns:
        values = pa.concat_arrays(taken[column.name].chunks)
        if column.name in own:
            yield column.name, own[column.name]
        elif column.dims:
            yield column.name, _tensors(contract, values, given.shown, rng)
        elif column.type == "binary":
            none = pa.scalar(None, values.type)
            yield column.name, pc.if_else(pa.array(given.shown), values, none)
        elif column.type in ("float32", "float64"):
            smaller = 1 - VARIATION * rng.random(len(values))
            yield column.name, pc.multiply(values, pa.array(smaller, values.type))
        else:
            yield column.name, values


def _tensors(
    contract: Contract,
    values: pa.ExtensionArray,
    shown: NDArray[np.bool_],
    rng: np.random.Generator,
) -> pa.Array:
    """Vary small maps, thin out large explanations, and leave out pictures that nobody sees."""
    shape, storage = tuple(values.type.shape), values.storage
    if np.prod(shape) > SMALL_TENSOR and contract.name != EXPLANATIONS.name:
        if contract.name == SSIM.name and shown.any():
            stored = pc.if_else(pa.array(shown), storage, pa.scalar(None, storage.type))
            return pa.ExtensionArray.from_storage(values.type, stored)
        # Without a picture, a column says 1 x 1.
        kind = pa.fixed_shape_tensor(values.type.value_type, (1,) * len(shape))
        return pa.ExtensionArray.from_storage(kind, pa.nulls(len(values), kind.storage_type))
    missing = np.asarray(storage.is_null())
    maps = np.zeros((len(values), *shape), values.type.value_type.to_pandas_dtype())
    maps[~missing] = storage.drop_null().flatten().to_numpy().reshape(-1, *shape)
    if np.prod(shape) > SMALL_TENSOR:
        maps = maps[:, ::STRIDE, ::STRIDE]
    maps = _with_few_bits(maps * (1 - VARIATION * rng.random(maps.shape)).astype(maps.dtype))
    flat = pa.array(maps.ravel(), values.type.value_type)
    size, mask = int(np.prod(maps.shape[1:])), pa.array(missing)
    names = values.type.dim_names
    kind = pa.fixed_shape_tensor(values.type.value_type, maps.shape[1:], dim_names=names)
    lists = pa.FixedSizeListArray.from_arrays(flat, size, mask=mask)
    return pa.ExtensionArray.from_storage(kind, lists)


def _with_few_bits(values: NDArray[Any]) -> NDArray[Any]:
    """Round to some bits, so that files are small: no job's time or memory depends on the bits."""
    mantissa, exponent = np.frexp(values)
    return np.ldexp(np.round(mantissa * (1 << BITS)) / (1 << BITS), exponent).astype(values.dtype)
