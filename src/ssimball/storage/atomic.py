"""Write files whole or not at all."""

import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ssimball.errors import ArtifactError

#: Environment variable that names a folder on the node's own disk. Files are written there and then
#: moved to the results folder in one piece. Variables in it, such as $TMPDIR, are expanded.
SCRATCH = "SSIMBALL_SCRATCH"


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary path to write to, and rename it to ``path`` when the block ends.

    Readers never see half a file. If the block raises, no temporary file remains.

    Raises:
        ArtifactError: the folder that :data:`SCRATCH` names does not exist.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with _scratch(temporary) as writable:
            yield writable
            if writable != temporary:
                shutil.copyfile(writable, temporary)
        with temporary.open("rb") as stream:
            # Without this, a power cut could leave an empty file under the new name.
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        # Also remove what killed processes left; two processes never write one file at a time.
        for leftover in path.parent.glob(f".{glob.escape(path.name)}.*.tmp"):
            leftover.unlink(missing_ok=True)


@contextmanager
def _scratch(temporary: Path) -> Iterator[Path]:
    """Yield a path on the node's own disk, or ``temporary`` itself if no such disk is named."""
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
    """Write a file whole or not at all.

    Raises:
        ArtifactError: see :func:`replacing`.
    """
    with replacing(path) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str) -> None:
    """Write text as UTF-8, whole or not at all.

    Raises:
        ArtifactError: see :func:`replacing`.
    """
    write_bytes(path, content.encode())
