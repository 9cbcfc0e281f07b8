"""Record the origin of stored files, and hash content."""

import hashlib
import json
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

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
