"""Compute in several processes forked from this one, which share what it has loaded."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from typing import Any, TypeVar

from ssimball.errors import SsimballError
from ssimball.runtime.memory import share_memory

T = TypeVar("T")
#: What the forked processes call; they inherit it, so it need not be sent to them.
_work: Callable[[int], Any] | None = None


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0))


def in_processes(
    work: Callable[[int], T],
    count: int,
    processes: int,
    waiting: Callable[[], None] = lambda: None,
    pause: float = 10.0,
) -> Iterator[tuple[int, T]]:
    """Yield each number from 0 to count - 1 with what ``work`` returns for it, as they end.

    Nothing may have computed on several threads before, since a forked process has none of them.

    Args:
        work: what a process does; what it returns is sent back.
        count: how many times.
        processes: number of processes; with one, this process does all.
        waiting: called after each pause in which nothing ended.
        pause: seconds.

    Raises:
        SsimballError: the system ended a process.
    """
    global _work
    if processes <= 1 or not count:
        yield from ((number, work(number)) for number in range(count))
        return
    _work = work
    pool = ProcessPoolExecutor(processes, get_context("fork"), _begin, (processes,))
    try:
        yield from _ended({pool.submit(_call, n): n for n in range(count)}, waiting, pause)
    except BrokenProcessPool:
        raise SsimballError(
            "the system ended a process, probably for lack of memory; use --processes 1"
        ) from None
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        _work = None


def _ended(
    pending: dict[Future[T], int], waiting: Callable[[], None], pause: float
) -> Iterator[tuple[int, T]]:
    while pending:
        ended, _ = wait(pending, pause, FIRST_COMPLETED)
        if not ended:
            waiting()
        for future in ended:
            yield pending.pop(future), future.result()


def _begin(processes: int) -> None:
    import torch

    torch.set_num_threads(1)
    share_memory(processes)


def _call(number: int) -> Any:
    assert _work is not None
    return _work(number)
