"""Work on the images of a batch, on as many threads as torch may use."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch


def each(task: Callable[[int], None], count: int) -> None:
    """``task(0)`` to ``task(count - 1)``, in any order; it has to release Python's lock itself."""
    waiting = iter(range(count))

    def work() -> None:
        for number in waiting:
            task(number)

    others = min(count, torch.get_num_threads()) - 1
    if others < 1:
        work()
        return
    with ThreadPoolExecutor(others) as pool:
        started = [pool.submit(work) for _ in range(others)]
        work()
        for one in started:
            one.result()
