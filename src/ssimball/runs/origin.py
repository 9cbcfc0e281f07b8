"""The origin that a stored table records of itself, as a typed object."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from ssimball.errors import ArtifactError
from ssimball.storage.tables import SESSION_KEY, describe


@dataclass(frozen=True)
class Origin:
    """The hashed part of a table's metadata, see :class:`ssimball.storage.provenance.Provenance`.

    Fields that are missing in the metadata have the defaults below, so that tables of other
    versions of the formats can be compared.

    Attributes:
        contract: name of the table's contract.
        version: version of the formats.
        stage: effective settings of the stage that wrote the table.
        code: fingerprint of the code that wrote it.
        device: device that the stage computed on.
        inputs: content hash of each input, by path.
        packages: version of each package, by name.
        content_sha256: hash of the values and of all of the above.
    """

    contract: str | None = None
    version: int | None = None
    stage: dict[str, Any] = field(default_factory=dict)
    code: str | None = None
    device: str | None = None
    inputs: dict[str, str] = field(default_factory=dict)
    packages: dict[str, str] = field(default_factory=dict)
    content_sha256: str | None = None


def origin_of(schema: pa.Schema, path: Path) -> Origin:
    """Parse the origin in a table's metadata.

    Args:
        schema: schema of the table, with its metadata.
        path: the table's file, named in errors.

    Raises:
        ArtifactError: the metadata is missing or is not readable.
    """
    stored = describe(schema, path)
    return Origin(**{name: stored[name] for name in Origin.__dataclass_fields__ if name in stored})


def input_files_of(schema: pa.Schema) -> dict[str, str]:
    """Parse the sha256 of each input file, by path, which metadata holds beside the origin.

    Raises:
        ValueError: the metadata is not readable.
    """
    session = json.loads((schema.metadata or {}).get(SESSION_KEY, b"{}"))
    if not isinstance(session, dict):
        raise ValueError("unreadable metadata of the session")
    input_files: dict[str, str] = session.get("input_files", {})
    return input_files


def check_version(origin: Origin, expected: int, path: str) -> None:
    """Refuse a table of another version of the formats.

    Raises:
        ArtifactError: naming the table and both versions.
    """
    if origin.version != expected:
        raise ArtifactError(
            f"{path}: has version {origin.version} of the formats, but this ssimball reads "
            f"version {expected}; audit it with the version that made it"
        )
