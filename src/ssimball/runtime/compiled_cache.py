"""Where compiled code is stored: in the user's cache folder, named by the code's content.

Numba stores compiled functions beside their source, or in a folder named by the source's path, so
each clone compiles everything again. It also does not notice a change in a function of another
file, although that function's machine code and constants are part of the caller's. Here the folder
is named by the content of all code that is compiled: equal code is compiled once a machine, and
changed code is never mistaken for it. Files in the folder are named by processor and types, so
machines of several kinds may share it.
"""

import os
import stat
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import _CacheLocator
from platformdirs import user_cache_path

from ssimball.errors import SsimballError
from ssimball.runtime.fingerprint import PACKAGE, fingerprint
from ssimball.runtime.processes import NUMBA_SETTINGS, refuse_settings_here

#: The module that imports all others of the solver whose functions are compiled.
OUTERMOST = Path(__file__).parents[1] / "ball" / "solvers" / "projected_cg" / "one_image.py"
#: The other modules whose functions are compiled.
OTHERS = (
    f"{PACKAGE}.ball.solvers.local_iteration",
    f"{PACKAGE}.ball.solvers.safe_model",
    f"{PACKAGE}.ssim.compiled_ssim",
    f"{PACKAGE}.ssim.warping",
)
_config: Any = numba.config
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
#: Numba's own places to store compiled code, for functions of other packages.
_NUMBA_LOCATORS = (
    "UserProvidedCacheLocator,InTreeCacheLocator,UserWideCacheLocator,IPythonCacheLocator"
)


@cache
def cache_folder() -> Path:
    """Return the folder that holds the compiled code, created for this user alone.

    It lies in ``NUMBA_CACHE_DIR`` where that is set, otherwise in the user's cache folder, or, if
    that cannot be written, in a private folder for temporary files.

    Raises:
        SsimballError: no such folder can be written, or it belongs to another user.
    """
    name = fingerprint(OUTERMOST, OTHERS)[:16]
    named = _config.CACHE_DIR
    usual = Path(named) if named else user_cache_path("ssimball") / "compiled"
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


def _private(folder: Path) -> Path:
    """Create a folder that only this user can write, or check one that exists.

    Raises:
        OSError: it cannot be written.
        SsimballError: others may write to it, whose code would be run.
    """
    if not folder.is_absolute():
        # Without HOME and a name for the user, "~" stays as it is.
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


class CompiledCodeLocator(_CacheLocator):
    """Tells numba where to store compiled functions of this package."""

    def __init__(self, module: str) -> None:
        """Locate functions of a module, given by its dotted name."""
        self._module = module

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> "CompiledCodeLocator | None":
        """Return a locator for a function of this package, None for any other."""
        module: str = py_func.__module__
        return cls(module) if module.partition(".")[0] == PACKAGE else None

    def get_cache_path(self) -> str:
        """Return the folder of the compiled code."""
        return str(cache_folder())

    def get_source_stamp(self) -> str:
        """Return a constant: the folder's name already depends on the source."""
        return ""

    def get_disambiguator(self) -> str:
        """Return the module's name, since modules in several folders may have one file name."""
        return self._module


def use_cache_folder() -> None:
    """Let numba store compiled functions of this package in :func:`cache_folder`.

    Raises:
        SsimballError: the current folder holds settings of numba.
    """
    refuse_settings_here([NUMBA_SETTINGS])
    locator = f"{__name__}.{CompiledCodeLocator.__name__}"
    others = _config.CACHE_LOCATOR_CLASSES or _NUMBA_LOCATORS
    if locator not in others:
        _config.CACHE_LOCATOR_CLASSES = f"{locator},{others}"
