"""Compilation for the CPU, kept on disk for the next process.

Numba keeps a compiled function until its own file changes. Functions of other files that it calls
are part of the machine code, though, and so are the constants it reads: a change there would go
unnoticed. So all of it lies in a folder named by the content of everything that is compiled.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

from ssimball.fingerprint import PACKAGE, fingerprint

#: Where compilation is used, from here through all imports.
OUTERMOST = Path(__file__).parent / "solvers" / "one_image.py"

_Function = TypeVar("_Function", bound=Callable[..., Any])

_numba: Any = numba
_base = Path(_numba.config.CACHE_DIR or Path(__file__).parent / "__pycache__")
_numba.config.CACHE_DIR = str(_base / f"{PACKAGE}-{fingerprint(OUTERMOST)[:16]}")


def compiled(function: _Function) -> _Function:
    """Compile for speed."""
    return _made(function, fastmath=True)


def uncounted(function: _Function) -> _Function:
    """``compiled`` for functions that make no arrays: without counting references to them.

    Every view of an array would count otherwise, a fifth of the time when rows are short.
    """
    return _made(function, fastmath=True, _nrt=False)


def strictly(function: _Function) -> _Function:
    """Without fastmath, where what is compared must be what anyone else would compare."""
    return _made(function)


def _made(function: _Function, **options: bool) -> _Function:
    # error_model: Python's check for division by zero would keep loops from being vectorised.
    made: _Function = _numba.njit(nogil=True, cache=True, error_model="numpy", **options)(function)
    return made
