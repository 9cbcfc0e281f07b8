"""The list of a run's files with the sha256 of each, in the format of ``sha256sum``."""

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from ssimball.errors import ArtifactError
from ssimball.storage.provenance import file_sha256

#: Name of the list in the folder of a run.
CHECKSUMS = "checksums.sha256"
_LINE = re.compile(r"([0-9a-f]{64})  ([^\\]+)")


def checksums_text(folder: Path, artifacts: Iterable[str]) -> str:
    """A line for each file, sorted by path; ``sha256sum -c`` in the folder checks them.

    Args:
        folder: of the run.
        artifacts: paths relative to it, with forward slashes.
    """
    return "".join(f"{file_sha256(folder / path)}  {path}\n" for path in sorted(set(artifacts)))


def parse_checksums(content: bytes) -> dict[str, str]:
    """Hex sha256 by path. Anything but what :func:`checksums_text` writes is refused.

    Raises:
        ArtifactError: naming the line.
    """
    # Not splitlines: it takes other characters than a line feed for the end of a line.
    *lines, rest = content.decode("utf-8", "replace").split("\n")
    found: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None or not _inside(match[2]):
            raise ArtifactError(f"{CHECKSUMS}, line {number}: no sha256 and path within the run")
        found[match[2]] = match[1]
    if rest or list(found) != sorted(found) or len(found) != len(lines):
        raise ArtifactError(f"{CHECKSUMS}: cut off, not sorted, or a path is listed twice")
    return found


def _inside(path: str) -> bool:
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts and str(parts) == path
