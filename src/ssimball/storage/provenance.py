"""Record the origin of stored files, and hash content."""

import hashlib
import json
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from ssimball.storage.regular_files import open_regular

PACKAGES = (
    "foolbox",
    "numba",
    "numpy",
    "opencv-python-headless",
    "pandas",
    "pillow",
    "pyarrow",
    "scipy",
    "ssimball",
    "torch",
    "torchvision",
)


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value that is used for hashing and comparing.

    Examples:
        >>> canonical_json({"b": 1, "a": [0.5, None]})
        '{"a":[0.5,null],"b":1}'
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def json_sha256(value: Any) -> str:
    """Return the hex sha256 of a JSON value's canonical text."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def package_versions() -> dict[str, str]:
    """Return the installed versions of the packages that can change a number."""
    return {name: metadata.version(name) for name in PACKAGES}


def file_sha256(path: Path) -> str:
    """Return the hex sha256 of a file's bytes."""
    with open_regular(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True)
class Provenance:
    """Origin of one stored table.

    Attributes:
        stage: everything in the configuration that the table depends on.
        code: fingerprint of the source files behind it.
        device: ``cpu`` or ``cuda``.
        inputs: content hash of each input file, by its path in the run's folder, or by its role
            if it lies outside.
        input_files: sha256 of the bytes of the same files. It is stored outside the hashed part,
            because the bytes of a table include timings.
        packages: versions of the packages that can change a number.
    """

    stage: dict[str, Any]
    code: str
    device: str = "cpu"
    inputs: dict[str, str] = field(default_factory=dict)
    input_files: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=package_versions)

    def hashed(self) -> dict[str, Any]:
        """Return the part that the content hash covers."""
        return {
            "stage": self.stage,
            "code": self.code,
            "device": self.device,
            "inputs": self.inputs,
            "packages": self.packages,
        }


def content_sha256(table: pa.Table, hashed: dict[str, Any], volatile: frozenset[str]) -> str:
    """Return a hash of a table's values and origin that does not depend on the file's encoding.

    Args:
        table: the table, with at least one row.
        hashed: the hashed part of the provenance.
        volatile: names of columns to leave out, such as timings.
    """
    digest = hashlib.sha256(canonical_json(hashed).encode())
    for name in table.column_names:
        if name in volatile:
            continue
        column = pa.concat_arrays(table.column(name).chunks)
        digest.update(f"\0{name}\0{column.type}\0{len(column)}\0".encode())
        _update(digest, column)
    return digest.hexdigest()


def _update(digest: "hashlib._Hash", column: pa.Array) -> None:
    """Feed one column to the digest: its null mask, then its values that are not null."""
    digest.update(np.asarray(column.is_null().to_numpy(zero_copy_only=False)).tobytes())
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    column = column.drop_null()
    kind = column.type
    if pa.types.is_fixed_size_list(kind) or pa.types.is_list(kind):
        lengths = pa.compute.list_value_length(column)
        digest.update(lengths.to_numpy(zero_copy_only=False).astype("<i8").tobytes())
        _update(digest, column.flatten())
    elif pa.types.is_string(kind) or pa.types.is_binary(kind):
        for value in column.cast(pa.binary()).to_pylist():
            digest.update(len(value).to_bytes(8, "little") + value)
    else:
        digest.update(column.to_numpy(zero_copy_only=False).tobytes())
