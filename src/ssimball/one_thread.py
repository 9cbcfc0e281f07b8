"""Numerical libraries on one thread."""

import os

#: They read it when they are loaded.
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def use_one_thread() -> None:
    """Tell them, before they are imported; processes started later inherit it.

    It keeps results the same on any number of cores.
    """
    os.environ.update(dict.fromkeys(THREADS, "1"))
