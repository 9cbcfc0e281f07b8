"""Compile functions for the CPU, and store the machine code for the next process.

What runs is always loaded from disk. In a process that has just compiled, functions that call each
other are linked differently and round differently in the last bits, so that the first run on a
machine would differ from all later ones. Therefore another process compiles what is missing, once:
that takes up to a minute, and other processes that need the same code wait for it.
"""

import hashlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

import numba
from filelock import FileLock

from ssimball.runtime.compiled_cache import cache_folder, use_cache_folder

#: Environment variable that is set in a process that only compiles.
COMPILING = "SSIMBALL_COMPILING"
#: Seconds to wait for another process that compiles the same code, before doing it too.
LOCK_TIMEOUT = 300

_Function = TypeVar("_Function", bound=Callable[..., Any])

_numba: Any = numba
use_cache_folder()


def njit_fast(function: _Function) -> _Function:
    """Compile a function that makes no arrays for speed, with fastmath."""
    return _compiled(function, fastmath=True)


def njit_strict(function: _Function) -> _Function:
    """Compile a function that makes no arrays, with the results of any IEEE arithmetic."""
    return _compiled(function)


def _compiled(function: _Function, **options: bool) -> _Function:
    if _numba.config.DISABLE_JIT:
        _announce_plain_python()
        return function
    # error_model: Python's check for division by zero would prevent vectorised loops.
    # no_cfunc_wrapper: no function is passed to C, and the wrappers take an eighth of the time.
    # _nrt: counting references for every view of an array takes a fifth of the time when rows are
    # short, and longer to compile than all else.
    shared = {
        "_nrt": False,
        "nogil": True,
        "cache": True,
        "error_model": "numpy",
        "no_cfunc_wrapper": True,
    }
    dispatcher: Any = _numba.njit(**shared, **options)(function)
    if COMPILING not in os.environ:
        dispatcher._cache.load_overload = _from_disk(dispatcher, dispatcher._cache.load_overload)
    compiled: _Function = dispatcher
    return compiled


def _from_disk(dispatcher: Any, load: Callable[..., Any]) -> Callable[..., Any]:
    """Return numba's loading from disk, extended to compile there what is missing."""

    def load_or_compile(signature: Any, context: Any) -> Any:
        overload = load(signature, context)
        if overload is None:
            with _one_at_a_time(f"{dispatcher.py_func.__qualname__} {signature}"):
                overload = load(signature, context)
                if overload is None:
                    _announce()
                    _compile_elsewhere(dispatcher.py_func, signature)
                    # If that failed, numba compiles in this process and reports what is wrong.
                    overload = load(signature, context)
        return overload

    return load_or_compile


@contextmanager
def _one_at_a_time(work: str) -> Iterator[None]:
    """Hold a lock for a piece of work among all processes that share the cache folder.

    Without the lock the work is done twice, which harms nothing.
    """
    name = hashlib.sha256(work.encode()).hexdigest()[:16]
    lock = FileLock(cache_folder() / f"{name}.lock", timeout=LOCK_TIMEOUT)
    # Another process may take too long, or the file system may have no locks.
    with suppress(OSError, NotImplementedError):
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@cache
def _announce() -> None:
    """Say once per process that compilation takes a while."""
    message = "compiling for this machine; once for each kind of window, up to two minutes"
    print(f"ssimball: {message}", file=sys.stderr, flush=True)


@cache
def _announce_plain_python() -> None:
    """Say once per process that nothing is compiled."""
    message = "NUMBA_DISABLE_JIT is set: the solver runs as plain Python, hundreds of times slower"
    print(f"ssimball: {message}; unset it to compile", file=sys.stderr, flush=True)


def _compile_elsewhere(function: Callable[..., Any], signature: Any) -> None:
    """Let another process compile a function for some types and store it."""
    request = pickle.dumps((function.__module__, function.__qualname__, signature))
    path = os.pathsep.join(filter(None, sys.path))
    environment = {**os.environ, COMPILING: "1", "PYTHONPATH": path}
    code = f"from {__name__} import compile_requested; compile_requested()"
    command = [sys.executable, "-P", "-c", code]
    subprocess.run(command, input=request, env=environment, check=False, capture_output=True)


def compile_requested() -> None:
    """Compile the function that standard input names; runs in a process of its own."""
    module, name, signature = pickle.load(sys.stdin.buffer)
    getattr(import_module(module), name).compile(signature)
