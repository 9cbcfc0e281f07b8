"""Start Python so that the current folder decides nothing about the code that runs.

The current folder may be somebody else's: a results folder that is audited, for example. All other
modules start processes of Python through this one; a test holds that.
"""

import codecs
import locale
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from ssimball.errors import SsimballError
from ssimball.runtime.fingerprint import SOURCE_ROOT

#: Numba's file of settings.
NUMBA_SETTINGS = ".numba_config.yaml"
#: Files that libraries read from the current folder, with what they are for and where such settings
#: belong instead. Either can name code: a folder of compiled functions, a module that draws.
_SETTINGS = {
    NUMBA_SETTINGS: ("numba", "environment variables NUMBA_..."),
    "matplotlibrc": ("matplotlib", "the environment variable MATPLOTLIBRC"),
}


def python_command(*arguments: str) -> list[str]:
    """Return a command of this Python that does not look for modules in the current folder."""
    return [sys.executable, "-P", *arguments]


def python_environment(**variables: str) -> dict[str, str]:
    """Return this process's environment for another Python, with further variables.

    The other process finds the modules that this one finds, except in the current folder.
    """
    path = os.pathsep.join(_module_folders())
    return {**os.environ, "PYTHONPATH": path, **variables}


def is_program(name: str) -> bool:
    """Return whether this process is the command of a package, or ``python -m`` with its name."""
    program = Path(sys.argv[0])
    return program.name == name or program.parts[-2:] == (name, "__main__.py")


def restart_in_utf8() -> None:
    """Start this program again with UTF-8 for text and names of files, in other locales.

    The terminal keeps its encoding. Otherwise files named in UTF-8, as in a manifest, would not be
    found, and logs could not hold their names.
    """
    encoding = locale.getencoding()
    if sys.flags.utf8_mode or codecs.lookup(encoding).name == "utf-8":
        return
    if os.environ.get("PYTHONUTF8") == "1":  # which this Python was told to ignore
        return
    os.environ["PYTHONUTF8"] = "1"
    os.environ.setdefault("PYTHONIOENCODING", f"{encoding}:backslashreplace")
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _module_folders() -> list[str]:
    # "python -m" and empty parts of PYTHONPATH put the current folder on the path.
    here = Path.cwd()
    folders = (Path(entry).absolute() for entry in sys.path if entry)
    return [str(folder) for folder in folders if folder != here or folder == SOURCE_ROOT]


def refuse_settings_here(names: Iterable[str] = tuple(_SETTINGS)) -> None:
    """Refuse to work in a folder that holds settings of libraries, which could name code to run.

    Args:
        names: files to refuse.

    Raises:
        SsimballError: naming the file.
    """
    for name in names:
        library, place = _SETTINGS[name]
        if os.path.lexists(name):
            raise SsimballError(
                f"{Path.cwd() / name}: {library} would take its settings from this file, which can "
                f"name code to run; work in another folder, or use {place}"
            )
