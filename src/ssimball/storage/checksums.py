"""The list of a run's files with their sha256, in the format of ``sha256sum``."""

import re
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from ssimball.errors import ArtifactError
from ssimball.storage.provenance import file_sha256

#: Name of the list in the folder of a run.
CHECKSUMS = "checksums.sha256"
_LINE = re.compile(r"([0-9a-f]{64})  ([^\\]+)")


def checksums_text(folder: Path, artifacts: Iterable[str]) -> str:
    """Return one line per file, sorted by path; ``sha256sum -c`` in the folder checks them.

    Args:
        folder: the run's folder.
        artifacts: paths relative to it, with forward slashes.
    """
    return "".join(f"{file_sha256(folder / path)}  {path}\n" for path in sorted(set(artifacts)))


def parse_checksums(content: bytes) -> dict[str, str]:
    r"""Return the hex sha256 of each listed path.

    Only what :func:`checksums_text` writes is accepted: sorted, complete, paths inside the run.

    Raises:
        ArtifactError: the list is damaged; the message names the line.

    Examples:
        >>> parse_checksums(b"0" * 64 + b"  answer.txt\n")["answer.txt"][:4]
        '0000'
    """
    # splitlines() would also split at characters that may stand in a path.
    *lines, remainder = content.decode("utf-8", "replace").split("\n")
    sha256_by_path: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        match = _LINE.fullmatch(line)
        if match is None or not _is_inside(match[2]):
            raise ArtifactError(f"{CHECKSUMS}, line {number}: no sha256 and path within the run")
        sha256_by_path[match[2]] = match[1]
    paths = list(sha256_by_path)
    if remainder or paths != sorted(paths) or len(paths) != len(lines):
        raise ArtifactError(f"{CHECKSUMS}: cut off, not sorted, or a path is listed twice")
    return sha256_by_path


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path)
    return not parts.is_absolute() and ".." not in parts.parts and str(parts) == path
