"""Compile functions for the CPU, and store the machine code for the next process.

Python calls few of them, the entries. Only these are stored, each with all that it calls: a wrapper
for Python takes longer to compile than a short loop. No compiled function makes arrays.

What runs is always loaded from disk. In a process that has just compiled, functions that call each
other are linked differently and round differently in the last bits, so that the first run on a
machine would differ from all later ones. Therefore another process compiles what is missing, once:
that takes about 20 seconds, and other processes that need the same code wait for it.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from importlib import import_module
from typing import Any, TypeVar

import numba
from filelock import FileLock
from numba.extending import register_jitable

from ssimball.runtime.compiled_cache import use_cache_folder
from ssimball.runtime.compiled_folder import cache_folder
from ssimball.runtime.compiling_process import COMPILING, run_elsewhere

#: Seconds to wait for another process that compiles the same code, before doing it too.
LOCK_TIMEOUT = 300

_Function = TypeVar("_Function", bound=Callable[..., Any])

_numba: Any = numba
#: The tasks of :func:`compiled_together` that are running.
_tasks: list[Callable[[], object]] = []
#: error_model: Python's check for division by zero would prevent vectorised loops.
#: no_cfunc_wrapper: no function is passed to C, and the wrappers take an eighth of the time.
#: _nrt: no function makes arrays. Counting references for every view of one takes a fifth of the
#: time when rows are short, and longer to compile than all else.
_OPTIONS = {"error_model": "numpy", "no_cfunc_wrapper": True, "_nrt": False}
use_cache_folder()


def njit_entry(function: _Function) -> _Function:
    """Compile a function that Python calls, with fastmath, and store it."""
    return _entry(function, fastmath=True)


def njit_entry_strict(function: _Function) -> _Function:
    """Do as :func:`njit_entry`, but with the results of any IEEE arithmetic."""
    return _entry(function, fastmath=False)


def njit_fast(function: _Function) -> _Function:
    """Compile a function that compiled code calls as part of it, with fastmath."""
    return _inner(function, fastmath=True)


def njit_strict(function: _Function) -> _Function:
    """Do as :func:`njit_fast`, but with the results of any IEEE arithmetic."""
    return _inner(function, fastmath=False)


def _entry(function: _Function, **options: bool) -> _Function:
    if _numba.config.DISABLE_JIT:
        _announce_plain_python()
        return function
    dispatcher: Any = _numba.njit(**_OPTIONS, **options, nogil=True, cache=True)(function)
    if COMPILING not in os.environ:
        dispatcher._cache.load_overload = _from_disk(dispatcher, dispatcher._cache.load_overload)
    compiled: _Function = dispatcher
    return compiled


def _inner(function: _Function, **options: bool) -> _Function:
    inner: _Function = register_jitable(**_OPTIONS, **options)(function)
    return inner


@contextmanager
def compiled_together(task: Callable[[], object]) -> Iterator[None]:
    """Compile all that a task needs in one process, as soon as some of it is missing.

    Functions that are missing one by one take a process each.

    Args:
        task: calls the functions with arguments of the right types; it can be pickled.
    """
    _tasks.append(task)
    try:
        yield
    finally:
        _tasks.remove(task)


def compile_for(module: str, name: str) -> None:
    """Compile all that a function without arguments needs, without importing it here.

    Args:
        module: of the function.
        name: of the function.
    """
    if not any(cache_folder().glob("*.nbi")):
        _announce()
    with _one_at_a_time(f"{module}.{name}"):
        if not run_elsewhere(partial(_call, module, name)):
            # The same here reports what is wrong.
            _call(module, name)


def _call(module: str, name: str) -> None:
    getattr(import_module(module), name)()


def _from_disk(dispatcher: Any, load: Callable[..., Any]) -> Callable[..., Any]:
    """Return numba's loading from disk, extended to compile there what is missing."""

    def load_or_compile(signature: Any, context: Any) -> Any:
        overload = load(signature, context)
        if overload is None:
            function = dispatcher.py_func
            alone = partial(_compile, function.__module__, function.__qualname__, signature)
            with _one_at_a_time(f"{function.__qualname__} {signature}"):
                # If nothing helps, numba compiles in this process and reports what is wrong.
                tasks: list[Callable[[], object]] = [*_tasks[:1], alone]
                for task in tasks:
                    overload = overload or load(signature, context)
                    if overload is None:
                        _announce()
                        run_elsewhere(task)
                overload = overload or load(signature, context)
        return overload

    return load_or_compile


def _compile(module: str, name: str, signature: Any) -> None:
    """Compile a function of a module for some types."""
    getattr(import_module(module), name).compile(signature)


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
    message = "compiling for this machine; once for each kind of window, about 20 seconds"
    print(f"ssimball: {message}", file=sys.stderr, flush=True)


@cache
def _announce_plain_python() -> None:
    """Say once per process that nothing is compiled."""
    message = "NUMBA_DISABLE_JIT is set: the solver runs as plain Python, hundreds of times slower"
    print(f"ssimball: {message}; unset it to compile", file=sys.stderr, flush=True)
