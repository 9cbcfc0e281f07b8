"""Numerical libraries on one thread."""

import os


def use_one_thread() -> None:
    """Tell them, before they are imported; processes started later inherit it.

    It keeps results the same on any number of cores.
    """
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
