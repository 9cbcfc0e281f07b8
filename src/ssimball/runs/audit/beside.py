"""Files in a run's folder that its list of checksums does not have, and the crate among them."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from ssimball.errors import ArtifactError
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import FILES, Check
from ssimball.runs.crate.names import ATTRIBUTION, METADATA, SNAKEFILE, WORKFLOW
from ssimball.runs.layout import FOLDERS
from ssimball.runs.run import Run
from ssimball.storage.checksums import CHECKSUMS
from ssimball.storage.regular_files import read_text

#: Files that file managers leave in any folder.
_LEFT_BEHIND = {".DS_Store", "Thumbs.db", "desktop.ini"}
#: Bytes of the largest description of a crate.
_LARGEST = 256 << 20


def beside(paths: Sequence[str]) -> dict[str, int]:
    """Group files that are no part of the run, without those of its crate.

    A file in one of the run's own folders stands alone, since people may take it for a result.
    Others are counted by the file or folder next to the run's.

    Args:
        paths: files that the run does not list.

    Returns:
        The number of files by path; that of a folder ends in a slash.
    """
    crate = METADATA in paths
    others = (path for path in paths if not (crate and _is_of_crate(path)))
    return dict(Counter(map(_place, others)))


def _is_of_crate(path: str) -> bool:
    return path in (METADATA, ATTRIBUTION) or path.startswith(f"{WORKFLOW}/")


def _place(path: str) -> str:
    name, (first, *others) = PurePosixPath(path).name, PurePosixPath(path).parts
    if name in _LEFT_BEHIND:
        return name
    return f"{first}/" if others and first not in FOLDERS else path


def _described(run: Run) -> Iterator[tuple[str, str]]:
    """Yield path and sha256 of each file that the crate describes."""
    try:
        graph: Iterable[Any] = json.loads(read_text(run.folder / METADATA, _LARGEST))["@graph"]
        for entity in graph:
            kinds = entity.get("@type", ())
            if "sha256" in entity and "File" in ([kinds] if isinstance(kinds, str) else kinds):
                yield unquote(str(entity["@id"])), str(entity["sha256"])
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        raise ArtifactError(f"{METADATA}: damaged, or no description of a crate") from None


def _crate(run: Run, path: str, tally: Tally) -> None:
    described = dict(_described(run))
    for name, sha256 in run.checksums.items():
        tally.equal("", f"sha256 of {name}", sha256, described.get(name))
    for name in (CHECKSUMS, ATTRIBUTION, SNAKEFILE):
        if name in described:
            found = run.sha256(name) if (run.folder / name).is_file() else None
            tally.equal("", f"sha256 of {name}", described[name], found)


CHECKS = (
    Check(
        "crate",
        "the crate describes the files of this run",
        lambda run: [METADATA] if (run.folder / METADATA).is_file() else [],
        _crate,
        family=FILES,
        by_shard=False,
    ),
)
