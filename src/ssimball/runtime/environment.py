"""What a session may have set, and what programs and jobs of this project work with instead."""

import getpass
import io
import os
import sys
from pathlib import Path

from ssimball.errors import SsimballError

#: Numbers of threads of the numerical libraries, which read them when they are loaded.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
#: Settings of a session that no program of this project follows: figures are drawn to files, also
#: where a notebook's session names its own window, and text is UTF-8 in any locale. Foolbox imports
#: GitPython, which otherwise ends a job on a machine without git.
_OWN = {"MPLBACKEND": "agg", "PYTHONUTF8": "1", "GIT_PYTHON_REFRESH": "quiet"}
#: Those that only people who work on Python code want: a warning of a library would end a job.
_DROPPED = ("PYTHONWARNINGS", "PYTHONOPTIMIZE", "PYTHONSTARTUP", "PYTHONINSPECT")


def use_own_settings() -> None:
    """Make this process and those that it starts independent of the session they are started in.

    Call it before matplotlib is imported.
    """
    os.environ.update(_OWN)
    try:
        getpass.getuser()
    except (KeyError, OSError):
        # As in a container: Snakemake and torch ask for the name, and would end without one.
        os.environ["LOGNAME"] = f"uid{os.getuid()}"
    for name in _DROPPED:
        os.environ.pop(name, None)
    for stream in (sys.stdout, sys.stderr):
        write_any_text(stream)


def require_home() -> None:
    """Refuse a session without a home folder, in which Snakemake and torch keep files.

    Raises:
        SsimballError: ``HOME`` is no absolute path; or it is not set, and the user has no name.
    """
    home = os.environ.get("HOME", os.path.expanduser("~"))  # noqa: PTH111 - raises nothing
    if not Path(home).is_absolute():
        nameless = f"HOME is not set, and user {os.getuid()} has no name"
        given = f"HOME is {home!r}" if "HOME" in os.environ else nameless
        raise SsimballError(f"{given}; set HOME to the path of a folder that you may write to")


def write_any_text(stream: object) -> None:
    """Let a stream write as escapes what its terminal cannot show, and never fail because of it."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")


def use_one_thread() -> None:
    """Set the numerical libraries to one thread, so that results do not depend on the cores.

    Call it before they are imported. Processes that are started later inherit the setting.
    """
    os.environ.update(dict.fromkeys(THREADS, "1"))


def prepare_environment(source: Path) -> None:
    """Set what the processes of jobs inherit, on whichever machine the workflow is parsed.

    The package is found in any software environment, and numerical libraries use one thread. Memory
    that a tensor frees is kept for the next one: glibc would return large blocks to the kernel, and
    clearing new ones took half of the time of a batch's forward pass.

    Args:
        source: Folder that holds the package.
    """
    paths = [str(source), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(4 << 30))
    os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(16 << 30))
    use_one_thread()
    use_own_settings()
