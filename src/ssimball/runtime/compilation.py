"""Compilation for the CPU, kept on disk for the next process.

Numba keeps a compiled function until its own file changes. Functions of other files that it calls
are part of the machine code, though, and so are the constants it reads: a change there would go
unnoticed. So all of it lies in a folder named by the content of everything that is compiled.

What runs always comes from disk. In a process that has just compiled, functions that call each
other are linked otherwise than from disk, and round otherwise in the last bits: the first run on a
machine would differ from all later ones. So a process of its own compiles what is missing, once:
that takes up to a minute, and whoever needs the same meanwhile waits for it.
"""

import hashlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import numba
from filelock import FileLock

from ssimball.runtime.fingerprint import PACKAGE, fingerprint

#: Where compilation is used, from here through all imports.
OUTERMOST = Path(__file__).parents[1] / "ball" / "solvers" / "projected_cg" / "one_image.py"

#: Environment variable of a process that only compiles.
COMPILING = "SSIMBALL_COMPILING"
#: Seconds to wait for another process that compiles the same; then both do.
PATIENCE = 300

_Function = TypeVar("_Function", bound=Callable[..., Any])

_numba: Any = numba
_base = Path(_numba.config.CACHE_DIR or Path(__file__).parent / "__pycache__")
_numba.config.CACHE_DIR = str(_base / f"{PACKAGE}-{fingerprint(OUTERMOST)[:16]}")


def njit_fast(function: _Function) -> _Function:
    """Compile for speed."""
    return _made(function, fastmath=True)


def njit_no_refcount(function: _Function) -> _Function:
    """``njit_fast`` for functions that make no arrays: without counting references to them.

    Every view of an array would count otherwise, a fifth of the time when rows are short.
    """
    return _made(function, fastmath=True, _nrt=False)


def njit_strict(function: _Function) -> _Function:
    """Without fastmath, where what is compared must be what anyone else would compare."""
    return _made(function)


def _made(function: _Function, **options: bool) -> _Function:
    # error_model: Python's check for division by zero would keep loops from being vectorised. No
    # function is passed to C; making them fit for that is an eighth of the time of compilation.
    shared = {"nogil": True, "cache": True, "error_model": "numpy", "no_cfunc_wrapper": True}
    made: Any = _numba.njit(**shared, **options)(function)
    if COMPILING not in os.environ:
        made._cache.load_overload = _from_disk(made, made._cache.load_overload)
    found: _Function = made
    return found


def _from_disk(made: Any, load: Callable[..., Any]) -> Callable[..., Any]:
    """Numba's loading from disk, except that what is missing there is first put there."""

    def load_or_compile(signature: Any, context: Any) -> Any:
        found = load(signature, context)
        if found is None:
            with _one_at_a_time(f"{made.py_func.__qualname__} {signature}"):
                found = load(signature, context)
                if found is None:
                    _announce()
                    _compile_elsewhere(made.py_func, signature)
                    # Where that failed, numba compiles here, and tells what is wrong.
                    found = load(signature, context)
        return found

    return load_or_compile


@contextmanager
def _one_at_a_time(what: str) -> Iterator[None]:
    """Among all processes that use the folder; without it, work is done twice and no harm."""
    folder, name = Path(_numba.config.CACHE_DIR), hashlib.sha256(what.encode()).hexdigest()[:16]
    lock = FileLock(folder / f"{name}.lock", timeout=PATIENCE)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except (OSError, NotImplementedError):
        # Another one took too long, or the file system has no locks.
        pass
    try:
        yield
    finally:
        lock.release()


@cache
def _announce() -> None:
    """Once in a process."""
    told = "compiling for this machine; once for each kind of window, up to two minutes"
    print(f"ssimball: {told}", file=sys.stderr, flush=True)


def _compile_elsewhere(function: Callable[..., Any], signature: Any) -> None:
    """Let another process compile a function for some types, to the disk."""
    order = pickle.dumps((function.__module__, function.__qualname__, signature))
    environment = {**os.environ, COMPILING: "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    code = f"from {__name__} import compile_requested; compile_requested()"
    command = [sys.executable, "-c", code]
    subprocess.run(command, input=order, env=environment, check=False, capture_output=True)


def compile_requested() -> None:
    """In that other process."""
    module, name, signature = pickle.load(sys.stdin.buffer)
    getattr(import_module(module), name).compile(signature)
