"""Where compiled code is stored: in the user's cache folder, named by the code's content.

Numba stores compiled functions beside their source, or in a folder named by the source's path, so
each clone compiles everything again. It also does not notice a change in a function of another
file, although that function's machine code and constants are part of the caller's. Here the folder
is named by the content of all code that is compiled: equal code is compiled once a machine, and
changed code is never mistaken for it. Files in the folder are named by processor and types, so
machines of several kinds may share it.

This module imports neither numba nor torch, so a look into the folder takes no second.
"""

import os
import stat
import sys
import tempfile
from functools import cache
from pathlib import Path

from platformdirs import user_cache_path

from ssimball.errors import SsimballError
from ssimball.runtime.fingerprint import PACKAGE, fingerprint

#: The module that imports all others of the solver whose functions are compiled.
OUTERMOST = Path(__file__).parents[1] / "ball" / "solvers" / "projected_cg" / "one_image.py"
#: The other modules whose functions are compiled.
OTHERS = (
    f"{PACKAGE}.ball.solvers.local_iteration",
    f"{PACKAGE}.ball.solvers.safe_model",
    f"{PACKAGE}.ssim.compiled_ssim",
    f"{PACKAGE}.ssim.warping",
)
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


@cache
def cache_folder() -> Path:
    """Return the folder that holds the compiled code, created for this user alone.

    It lies in ``NUMBA_CACHE_DIR`` where that is set, otherwise in the user's cache folder, or, if
    that cannot be written, in a private folder for temporary files.

    Raises:
        SsimballError: no such folder can be written, or it belongs to another user.
    """
    name = fingerprint(OUTERMOST, OTHERS)[:16]
    usual = _usual_folder()
    try:
        return _private(usual / f"{PACKAGE}-{name}")
    except OSError as error:
        temporary = Path(tempfile.gettempdir()) / f"{PACKAGE}-{os.getuid()}"
        print(
            f"ssimball: {usual} cannot be written ({error.strerror}); compiled code goes to "
            f"{temporary}. Set NUMBA_CACHE_DIR to a folder that keeps it.",
            file=sys.stderr,
        )
    try:
        return _private(_private(temporary) / name)
    except OSError as error:
        raise SsimballError(
            f"{temporary} cannot be written ({error.strerror}); set NUMBA_CACHE_DIR to a folder "
            "for compiled code"
        ) from None


def _usual_folder() -> Path:
    """Return the folder that the user chose, or of the cache; not absolute without a home."""
    if named := os.environ.get("NUMBA_CACHE_DIR"):
        return Path(named).absolute()
    try:
        return user_cache_path("ssimball") / "compiled"
    except RuntimeError:
        return Path("~", ".cache", "ssimball", "compiled")


def _private(folder: Path) -> Path:
    """Create a folder that only this user can write, or check one that exists.

    Raises:
        OSError: it cannot be written.
        SsimballError: others may write to it, whose code would be run.
    """
    if not folder.is_absolute():
        raise FileNotFoundError(2, "the user has no home folder", str(folder))
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    # A link has the mode 0o777.
    if found.st_uid != os.getuid() or found.st_mode & _OTHERS_WRITE:
        raise SsimballError(
            f"{folder} belongs to another user, is open to others or a link; compiled code in "
            "it would be run; remove it, or set NUMBA_CACHE_DIR to a folder of your own"
        )
    tempfile.TemporaryFile(dir=folder).close()
    return folder
