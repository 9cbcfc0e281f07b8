"""Writing files whole or not at all."""

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ssimball.errors import ArtifactError

#: Environment variable: a folder on the node's own disk, where files are put together before they
#: go to the folder of results in one piece. Variables in it, such as $TMPDIR, are the job's.
SCRATCH = "SSIMBALL_SCRATCH"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name to write to, that takes the name ``path`` at the end.

    Nobody sees half a file, and nothing is left behind when writing fails.

    Raises:
        ArtifactError: the folder named by :data:`SCRATCH` does not exist.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with _scratch(temporary) as place:
            yield place
            if place != temporary:
                shutil.copyfile(place, temporary)
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())  # or a power cut could leave the new name with nothing in it
        temporary.replace(path)
    finally:
        # Those of processes that were killed among them; no two write one file at a time.
        for left in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
            left.unlink(missing_ok=True)


@contextmanager
def _scratch(temporary: Path) -> Iterator[Path]:
    """A place on the node's own disk, or the temporary name itself where there is no such disk."""
    named = os.path.expandvars(os.environ.get(SCRATCH, ""))
    if not named:
        yield temporary
        return
    if not Path(named).is_dir():
        raise ArtifactError(
            f"{SCRATCH}: there is no folder {named} on this machine; name one, or unset it"
        )
    with TemporaryDirectory(prefix="ssimball-", dir=named) as folder:
        yield Path(folder) / temporary.name


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file, see :func:`replacing`."""
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """:func:`write_bytes` for text in UTF-8."""
    write_bytes(path, content.encode())
