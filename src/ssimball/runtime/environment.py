"""Numerical libraries on one thread."""

import os
from pathlib import Path

#: They read it when they are loaded.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def use_one_thread() -> None:
    """Tell them, before they are imported; processes started later inherit it.

    It keeps results the same on any number of cores.
    """
    os.environ.update(dict.fromkeys(THREADS, "1"))


def prepare_environment(source: Path) -> None:
    """Set what the jobs' own processes inherit, on whichever machine the workflow is parsed.

    The library is found in any software environment, numerical libraries use one thread, and memory
    that a tensor frees is kept for the next one: glibc would give large blocks back, and clearing
    new ones took the kernel half of the time of a batch's forward pass.
    """
    paths = [str(source), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    os.environ.setdefault("MALLOC_MMAP_THRESHOLD_", str(4 << 30))
    os.environ.setdefault("MALLOC_TRIM_THRESHOLD_", str(16 << 30))
    use_one_thread()
