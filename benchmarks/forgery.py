"""Changes to the files of a run that its audit has to notice: flipped bytes and edited cells.

``benchmarks/tampering.py`` and the tests of the audit use it. A cell is edited as someone would who
knows the formats: the file stays valid, with a content hash that fits. ``relist`` writes the list
of checksums again, and ``relink`` also what other tables record of their inputs.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Run
from ssimball.storage.checksums import CHECKSUMS, checksums_text, parse_checksums
from ssimball.storage.content_hash import content_sha256
from ssimball.storage.contracts.columns import Column
from ssimball.storage.images import decode_png, encode_png
from ssimball.storage.provenance import canonical_json, file_sha256
from ssimball.storage.tables import KEY, SESSION_KEY


def flip(path: Path, offset: int, bits: int) -> None:
    """Change the byte at an offset: ``bits`` (1 to 255) are those that are flipped."""
    content = bytearray(path.read_bytes())
    content[offset] ^= bits
    path.write_bytes(content)


def edit(folder: Path, artifact: str, row: int, column: str, value: Any) -> None:
    """Change one cell of a table; tensors are given as arrays of the same shape."""
    path = folder / artifact
    table = pq.read_table(path, partitioning=None)
    values = _replaced(table[column].combine_chunks(), row, value)
    edited = table.set_column(table.column_names.index(column), column, values)
    _write(path, artifact, edited)


def _replaced(column: pa.Array, row: int, value: Any) -> pa.Array:
    if not isinstance(column, pa.ExtensionArray):
        values = column.to_pylist()
        values[row] = value
        return pa.array(values, column.type)
    flat = None if value is None else np.ravel(value)
    storage = column.storage
    parts = [storage[:row], pa.array([flat], storage.type), storage[row + 1 :]]
    return pa.ExtensionArray.from_storage(column.type, pa.concat_arrays(parts))


def other_value(column: Column, value: Any, rng: np.random.Generator) -> Any:
    """Return a possible value of a cell that differs from this one."""
    if column.dims:
        change = np.zeros(value.size, value.dtype)
        change[rng.integers(value.size)] = 0.25
        return value + change.reshape(value.shape)
    if column.values:
        return next(word for word in column.values if word != value)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value + 0.05 * max(1.0, abs(value))
    if isinstance(value, list):
        return [other_value(column, value[0], rng), *value[1:]]
    if isinstance(value, bytes):
        return _other_image(value, rng)
    return f"{value}x"


def _other_image(png: bytes, rng: np.random.Generator) -> bytes:
    image = decode_png(png).copy()
    row, column = (int(rng.integers(side)) for side in image.shape[:2])
    image[row, column] = 255 - image[row, column]
    return encode_png(image)


def _write(
    path: Path, artifact: str, table: pa.Table, origin: Mapping[str, Any] | None = None
) -> None:
    """Write a table with a content hash that fits.

    Args:
        path: file of the table.
        artifact: path of the table in the run.
        table: its values and metadata.
        origin: origin to record; None: the one that the metadata holds.
    """
    metadata = dict(table.schema.metadata)
    described = json.loads(metadata[KEY]) if origin is None else dict(origin)
    described.pop("content_sha256", None)
    contract = artifact_of(artifact).contract
    described["content_sha256"] = content_sha256(table, described, contract.volatile)
    metadata[KEY] = canonical_json(described).encode()
    leaves = [f"{column.name}.list.element" for column in contract.columns if column.dims]
    pq.write_table(
        table.replace_schema_metadata(metadata),
        path,
        compression="zstd",
        use_byte_stream_split=leaves,
        use_dictionary=False,
        write_page_checksum=True,
    )


def relist(folder: Path) -> None:
    """Write the list of checksums again, of the same files."""
    path = folder / CHECKSUMS
    path.write_text(checksums_text(folder, parse_checksums(path.read_bytes())), encoding="utf-8")


def relink(folder: Path, *artifacts: str) -> None:
    """Write the hashes of changed tables into all tables made from them, and the list again."""
    changed = set(artifacts)
    # Tables come in the order in which the workflow makes them.
    for name in (table.path for table in Run(folder).tables):
        metadata = pq.read_schema(folder / name).metadata
        described, session = json.loads(metadata[KEY]), json.loads(metadata[SESSION_KEY])
        stale = changed & described["inputs"].keys()
        for path in stale:
            origin = json.loads(pq.read_schema(folder / path).metadata[KEY])
            described["inputs"][path] = origin["content_sha256"]
            session["input_files"][path] = file_sha256(folder / path)
        if stale:
            changed.add(name)
            table = pq.read_table(folder / name, partitioning=None)
            recorded = {**table.schema.metadata, SESSION_KEY: canonical_json(session).encode()}
            _write(folder / name, name, table.replace_schema_metadata(recorded), described)
    relist(folder)
