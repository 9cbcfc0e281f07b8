"""The folder of the project may have any name that Snakemake can start scripts in.

The one of the results must be a folder.
"""

import shlex
import sys
from pathlib import Path
from typing import Any

from snakemake.script import PythonScript

from ssimball.errors import ConfigError

#: Snakemake takes braces in the path of a script for names of wildcards, and a line break for the
#: end of a command.
_REFUSED = "{}\n\r"


def prepare_checkout(root: Path) -> None:
    """Refuse a folder that Snakemake cannot use, and let it use all others.

    Args:
        root: folder of the Snakefile.

    Raises:
        ConfigError: the path of the folder or of Python holds braces or a line break.
    """
    for path in (str(root), sys.executable):
        if any(character in path for character in _REFUSED):
            raise ConfigError(
                f"{path!r}: Snakemake starts no job in a folder whose path holds braces or a line "
                "break; rename the folder"
            )
    if shlex.quote(sys.executable) != sys.executable:
        _quote_python()


def require_results(folder: Path = Path("results")) -> None:
    """Refuse a place for results that is no folder, which Snakemake reports by a traceback.

    Args:
        folder: the folder of all runs.

    Raises:
        ConfigError: it is a file, or a link to a folder that is gone, as on a disk for scratch.
    """
    if folder.is_symlink() and not folder.exists():
        raise ConfigError(
            f"{folder.absolute()}: a link to {folder.readlink()}, which is not there; make that "
            "folder, or remove the link"
        )
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder.absolute()}: a file, but results go into this folder; move it")


def require_plain_path() -> None:
    """Refuse a path of Python that Snakemake would have to quote in the jobs of a cluster.

    Raises:
        ConfigError: the path holds blanks or characters with a meaning for the shell.
    """
    if shlex.quote(sys.executable) != sys.executable:
        raise ConfigError(
            f"{sys.executable!r}: Snakemake starts no job of a cluster by a path with blanks or "
            "characters like & or '; rename the folder"
        )


def _quote_python() -> None:
    """Make Snakemake quote the path of Python in the commands that start scripts.

    It quotes the path of the script alone, so that no job starts below a folder like "My Projects".
    """
    scripts: Any = PythonScript
    run = scripts._execute_cmd

    def run_quoted(script: Any, command: str, **names: Any) -> Any:
        return run(script, command.replace("{py_exec}", "{py_exec:q}"), **names)

    scripts._execute_cmd = run_quoted
