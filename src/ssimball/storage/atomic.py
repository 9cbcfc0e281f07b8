"""Write files whole or not at all, and only where they are meant to be.

The folder that is written to may be somebody else's. Temporary files are created under names that
cannot be known beforehand, and none that exists is opened. Below the folder that the user named, no
symbolic link is followed. All other modules write files through this one; a test holds that.
"""

import glob
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from ssimball.errors import ArtifactError, MachineError
from ssimball.storage.regular_files import open_regular, require_no_links

#: Environment variable that names a folder on the node's own disk. Files are written there and then
#: moved to the results folder in one piece. Variables in it, such as $TMPDIR, are expanded.
SCRATCH = "SSIMBALL_SCRATCH"
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
#: As of every new file: what the user's umask leaves of it.
_MODE = 0o666


@contextmanager
def replacing(path: Path, root: Path | None = None) -> Iterator[Path]:
    """Yield a temporary path to write to, and rename it to ``path`` when the block ends.

    Readers never see half a file. If the block raises, no temporary file remains. A link or pipe
    of the name ``path`` is replaced, not written through.

    Args:
        path: the file. Folders above it are created.
        root: folder that the user named. Below it, no symbolic link is allowed. None: the folder
            of the file.

    Raises:
        ArtifactError: there is a link below ``root``, no folder :data:`SCRATCH`, or the path is of
            a device.
    """
    refuse_device(path)
    if root is not None:
        require_no_links(path, root)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    os.close(os.open(temporary, _NEW, _MODE))
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
            if leftover.is_symlink() or not leftover.is_dir():
                leftover.unlink(missing_ok=True)


@contextmanager
def second_file(temporary: Path) -> Iterator[Path]:
    """Yield the path of another temporary file beside one of :func:`replacing`; it is removed."""
    path = temporary.with_name(f"{temporary.name.removesuffix('.tmp')}.second.tmp")
    os.close(os.open(path, _NEW, _MODE))
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def refuse_device(path: Path) -> None:
    """Refuse /dev/null and the like, which root would replace by a file for all programs.

    Raises:
        ArtifactError: the path is a device, or lies among them.
    """
    among = any(path.absolute().is_relative_to(folder) for folder in ("/dev", "/proc"))
    shared = path.absolute().is_relative_to("/dev/shm")
    if (among and not shared) or path.is_char_device() or path.is_block_device():
        raise ArtifactError(f"{path}: a device; name a file, or a folder for files")


@contextmanager
def _scratch(temporary: Path) -> Iterator[Path]:
    """Yield a path on the node's own disk, or ``temporary`` itself if no such disk is named."""
    named = os.path.expandvars(os.environ.get(SCRATCH, ""))
    if not named:
        yield temporary
        return
    if not Path(named).is_dir():
        raise MachineError(
            f"{SCRATCH}: there is no folder {named} on this machine; name one, or unset it"
        )
    with TemporaryDirectory(prefix="ssimball-", dir=named) as folder:
        yield Path(folder) / temporary.name


def write_bytes(path: Path, content: bytes, root: Path | None = None) -> None:
    """Write a file whole or not at all.

    Raises:
        ArtifactError: see :func:`replacing`, also for ``root``.
    """
    with replacing(path, root) as temporary:
        temporary.write_bytes(content)


def write_text(path: Path, content: str, root: Path | None = None) -> None:
    """Write text as UTF-8, whole or not at all.

    Raises:
        ArtifactError: see :func:`replacing`, also for ``root``.
    """
    write_bytes(path, content.encode(), root)


def copy_file(source: Path, target: Path, root: Path | None = None) -> None:
    """Copy the bytes of a regular file, whole or not at all.

    Raises:
        ArtifactError: see :func:`replacing`, also for ``root``.
        OSError: the source is missing, or not a regular file.
    """
    with (
        open_regular(source) as content,
        replacing(target, root) as temporary,
        temporary.open("wb") as stream,
    ):
        shutil.copyfileobj(content, stream, 1 << 20)
