"""The environment variables that jobs inherit."""

import os
from pathlib import Path

#: Numbers of threads of the numerical libraries, which read them when they are loaded.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


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
