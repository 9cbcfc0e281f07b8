"""Snakemake compares tables by their footers instead of by all their bytes.

Snakemake computes the checksum of every input of every finished job, anew for each of the job's
outputs, in the process that plans the run: on a cluster, on the login node. Attack tables of 50,000
images take hundreds of gigabytes, and some jobs with dozens of outputs read them all. The footer of
a table holds a hash of all its values and of its origin, and has some kilobytes.
"""

from pathlib import Path
from typing import Any

from snakemake.io import _IOFile

from ssimball.storage.parquet_footer import table_sha256

#: Stands in Snakemake's records where it names a hash function.
ALGORITHM = "ssimball-footer"
_files: Any = _IOFile
_checksum_of_bytes = _IOFile.checksum
#: By path: size, time and number of the file as it was read, and its checksum.
_Remembered = dict[str, tuple[tuple[int, int, int], str | None]]


def compare_tables_by_footer() -> None:
    """Make this process of Snakemake take a table's footer for its checksum.

    Other files, and checksums that an earlier version recorded, are compared by their bytes.
    """
    remembered: _Remembered = {}

    async def checksum(
        file: Any, threshold: int | None = None, force: bool = False, algorithm: Any = None
    ) -> str | None:
        if algorithm in (None, ALGORITHM):
            found = _of_table(str(file.file), remembered)
            if found is not None:
                return found
            algorithm = None
        of_bytes: str | None = await _checksum_of_bytes(file, threshold, force, algorithm)
        return of_bytes

    _files.checksum = checksum


def _of_table(path: str, remembered: _Remembered) -> str | None:
    """Return the checksum of a table; None for all other files."""
    if not path.endswith(".parquet"):
        return None
    try:
        stat = Path(path).stat()
        state = (stat.st_size, stat.st_mtime_ns, stat.st_ino)
        if path not in remembered or remembered[path][0] != state:
            sha256 = table_sha256(Path(path))
            remembered[path] = state, sha256 and f"{ALGORITHM}:{sha256}"
    except (OSError, ValueError):
        return None
    return remembered[path][1]
