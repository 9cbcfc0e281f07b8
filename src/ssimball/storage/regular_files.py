"""Open files that somebody else may have made: regular files only, and no more than is expected.

A pipe or a device in the place of a file would be read for ever, and a symbolic link may name any
file of the machine. All other modules open such files through this one; a test holds that.
"""

import errno
import os
import stat
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from ssimball.errors import ArtifactError

#: Bytes of the largest text: configuration, answer, tables in Markdown.
MAX_TEXT = 16 << 20
_NOT_REGULAR = "not a regular file"
#: What to do about an error of the system, where the file itself may be as it should.
_REMEDIES = {
    **dict.fromkeys((errno.EACCES, errno.EPERM), "allow reading it"),
    errno.EINVAL: "name a regular file",
    errno.ELOOP: "replace the link by the file",
    errno.ENAMETOOLONG: "give a shorter path",
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR), "correct the path"),
    **dict.fromkeys((errno.EMFILE, errno.ENFILE), "close other programs, or raise ulimit -n"),
    **dict.fromkeys(
        (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.ENODEV, errno.ENXIO),
        "check the disk or the network drive",
    ),
}


def remedy(error: BaseException, otherwise: str) -> str:
    """Return what to do about an error of opening or reading a file.

    Args:
        error: the error.
        otherwise: what to do about any error that does not come from the system.

    Examples:
        >>> remedy(PermissionError(errno.EACCES, "Permission denied"), "get a new copy")
        'allow reading it'
        >>> remedy(OSError("image file is truncated"), "get a new copy")
        'get a new copy'
    """
    return _REMEDIES.get(getattr(error, "errno", None) or 0, otherwise)


def open_regular(path: Path) -> BufferedReader:
    """Open a file to read its bytes. A symbolic link is followed, since users name files by links.

    Raises:
        OSError: there is no such file, or it is a folder, a pipe, a socket or a device.
    """
    require_regular(path)  # before it is opened: to open some devices has effects
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        _require_regular(path, os.fstat(descriptor).st_mode)
        return os.fdopen(descriptor, "rb")
    except BaseException:
        os.close(descriptor)
        raise


def require_regular(path: Path) -> None:
    """Refuse a path of anything but a regular file, or a link to one.

    Raises:
        OSError: as in :func:`open_regular`.
    """
    _require_regular(path, path.stat().st_mode)


def _require_regular(path: Path, mode: int) -> None:
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(mode):
        raise OSError(errno.EINVAL, _NOT_REGULAR, str(path))


def read_regular(path: Path, limit: int | None = None) -> bytes:
    """Read a regular file.

    Args:
        path: the file.
        limit: largest number of bytes; None: as many as the file's size states.

    Raises:
        OSError: as in :func:`open_regular`, or the file is larger than the limit.
    """
    with open_regular(path) as stream:
        # Files of /proc state the size 0 and may have no end.
        allowed = os.fstat(stream.fileno()).st_size if limit is None else limit
        content = stream.read(allowed + 1)
    if len(content) > allowed:
        raise OSError(errno.EFBIG, f"more than {allowed:,} bytes", str(path))
    return content


def read_text(path: Path, limit: int = MAX_TEXT) -> str:
    """Read a regular file as UTF-8.

    Raises:
        OSError: as in :func:`read_regular`.
        ArtifactError: the file is not UTF-8.
    """
    try:
        return read_regular(path, limit).decode("utf-8")
    except UnicodeDecodeError:
        raise ArtifactError(f"{path}: not a UTF-8 text file; get a new copy") from None


def require_no_links(path: Path, root: Path) -> None:
    """Refuse a path that leaves a folder, or passes through a symbolic link below it.

    Args:
        path: a path in the folder, which need not exist.
        root: the folder. It may itself be a link, since the user names it.

    Raises:
        ArtifactError: naming the link.
    """
    parts = path.relative_to(root).parts
    if ".." in parts:
        raise ArtifactError(f"{path}: leaves {root}; give a path in it")
    for count in range(1, len(parts) + 1):
        place = root.joinpath(*parts[:count])
        if place.is_symlink():
            raise ArtifactError(
                f"{place}: a symbolic link, which may name any file of this machine; replace it "
                "by a copy of what it names, if you know it"
            )


def require_plain(folder: Path) -> int:
    """Refuse a folder that holds anything but folders and regular files.

    Args:
        folder: a folder that somebody else may have made.

    Returns:
        The number of files.

    Raises:
        ArtifactError: naming the first symbolic link, pipe, socket or device.
    """
    files = 0
    for entry in _entries(folder):
        files += entry.is_file(follow_symlinks=False)
        if entry.is_symlink():
            require_no_links(Path(entry.path), Path(entry.path).parent)
        if not (entry.is_file(follow_symlinks=False) or entry.is_dir(follow_symlinks=False)):
            raise ArtifactError(
                f"{entry.path}: {_NOT_REGULAR}, but a pipe, a socket or a device; remove it"
            )
    return files


def _entries(folder: Path) -> Iterator["os.DirEntry[str]"]:
    """Yield everything in a folder, in sorted order; links are not followed."""
    waiting = [os.fspath(folder)]
    while waiting:
        with os.scandir(waiting.pop()) as found:
            entries = sorted(found, key=lambda entry: entry.name)
        for entry in entries:
            yield entry
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
