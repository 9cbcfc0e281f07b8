"""What a stored file says about its own origin, and hashes of content."""

import hashlib
import json
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

PACKAGES = (
    "foolbox",
    "numba",
    "numpy",
    "pandas",
    "pillow",
    "pyarrow",
    "scipy",
    "ssimball",
    "statsmodels",
    "torch",
    "torchvision",
)


def canonical_json(value: Any) -> str:
    """The one way a JSON value is written where it is hashed or compared."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def json_sha256(value: Any) -> str:
    """Hex sha256 of a JSON value."""
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def package_versions() -> dict[str, str]:
    """Installed versions of the packages that can change a number."""
    return {name: metadata.version(name) for name in PACKAGES}


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@dataclass(frozen=True)
class Provenance:
    """Origin of one stored table.

    ``inputs`` maps each input file (relative to the run's folder, or its role for files outside)
    to a hash of its content. ``input_files`` maps the same names to the sha256 of the files' bytes;
    it is stored beside, not inside, the hashed part, because a table's bytes hold timings.
    """

    stage: dict[str, Any]
    code: str
    device: str = "cpu"
    inputs: dict[str, str] = field(default_factory=dict)
    input_files: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=package_versions)

    def hashed(self) -> dict[str, Any]:
        """The part that takes part in the content hash."""
        return {
            "stage": self.stage,
            "code": self.code,
            "device": self.device,
            "inputs": self.inputs,
            "packages": self.packages,
        }


def content_sha256(table: pa.Table, hashed: dict[str, Any], volatile: frozenset[str]) -> str:
    """Hash of the values of a table and of its origin, independent of the file's encoding.

    Args:
        table: the table, of at least one row; columns named in ``volatile`` (timings) are left out.
        hashed: the hashed part of the provenance.
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
    """Feed one column: its null mask, then its values at the places that are not null."""
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
