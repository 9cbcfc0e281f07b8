"""Remember what has been compiled on this machine, so that asking again takes no second.

A file in the cache folder stands for one function and one kind of machine: its name depends on all
code that the function runs, on the versions of Python and of the packages that compile, on the
processor and on numba's settings. It lists the compiled files. If one of them is missing, it does
not count. Neither numba nor torch is imported.
"""

import hashlib
import os
import sys
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from llvmlite import binding

from ssimball.runtime.compiled_folder import cache_folder
from ssimball.runtime.fingerprint import SOURCE_ROOT, fingerprint


def is_compiled(module: str) -> bool:
    """Return whether all that a module needs was compiled for this machine and is still there.

    Args:
        module: the dotted name of a module of this package.
    """
    try:
        names = _list_of(module).read_text("utf-8").split("\n")
    except OSError:
        return False
    return all((cache_folder() / name).is_file() for name in names)


def remember_compiled(module: str) -> None:
    """Remember that all that a module needs has been compiled for this machine.

    Args:
        module: the dotted name of a module of this package.
    """
    names = sorted(path.name for path in cache_folder().glob("*.nb[ci]"))
    # Without files nothing could be stored; a full disk or a folder that has gone only costs time.
    if names:
        with suppress(OSError):
            _list_of(module).write_text("\n".join(names), "utf-8")


def _list_of(module: str) -> Path:
    """Return the file that lists what is compiled for a module on a machine of this kind."""
    source = SOURCE_ROOT.joinpath(*module.split(".")).with_suffix(".py")
    settings = {k: v for k, v in os.environ.items() if k.startswith("NUMBA_")}
    settings.pop("NUMBA_CACHE_DIR", None)
    kind = (
        fingerprint(source),
        sys.version,
        *(version(name) for name in ("numba", "llvmlite", "numpy")),
        binding.get_default_triple(),
        binding.get_host_cpu_name(),
        binding.get_host_cpu_features().flatten(),
        *sorted(settings.items()),
    )
    return cache_folder() / f"{hashlib.sha256(repr(kind).encode()).hexdigest()[:16]}.compiled"
