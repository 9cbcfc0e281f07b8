"""Runs the images of a batch in parallel, one image per thread."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import torch


@contextmanager
def torch_on_one(count: int) -> Iterator[int]:
    """Limit torch to one thread, and yield the number of threads for :func:`each` to use.

    Torch's workers stay awake for a while after an operation, on the cores that :func:`each` needs.
    For a single image torch keeps its threads, since its workers would take longer to wake up.

    Args:
        count: Number of images to work on.

    Yields:
        The number of threads torch had before; 1 for a single image.
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
    """Call ``task(0)`` to ``task(count - 1)`` on several threads, in any order.

    Args:
        task: Function of an image's number; it must release the GIL to run in parallel.
        count: Number of images.
        threads: Number of threads, at most.
    """
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
        for future in started:
            future.result()
