"""Work on the images of a batch, an image to a thread."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch


@contextmanager
def torch_on_one(count: int) -> Iterator[int]:
    """Torch on one thread meanwhile; gives the number of threads that ``count`` images may take.

    Its workers stay awake for a while after an operation, on the cores that :func:`each` needs. A
    single image takes one thread, and leaves torch alone: its workers take longer to wake up again.
    """
    if count == 1:
        yield 1
        return
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield threads
    finally:
        torch.set_num_threads(threads)


def each(task: Callable[[int], None], count: int, threads: int) -> None:
    """``task(0)`` to ``task(count - 1)``, in any order; it has to release Python's lock itself."""
    waiting = iter(range(count))

    def work() -> None:
        for number in waiting:
            task(number)

    others = min(count, threads) - 1
    if others < 1:
        work()
        return
    with ThreadPoolExecutor(others) as pool:
        started = [pool.submit(work) for _ in range(others)]
        work()
        for one in started:
            one.result()
