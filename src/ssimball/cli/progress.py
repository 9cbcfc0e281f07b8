"""Progress bars on a terminal; files and pipes receive results only."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
#: Options of tqdm: no bar within the first second, and none (disable=None) without a terminal.
_BAR: dict[str, Any] = {"delay": 1.0, "leave": False, "disable": None, "unit": ""}


def progress(items: Iterable[T], name: str) -> Iterator[T]:
    """Yield the items and count them on a progress bar.

    Args:
        items: any iterable.
        name: what is counted.

    Yields:
        The items, unchanged.
    """
    from tqdm import tqdm

    yield from tqdm(items, desc=name, **_BAR)


@contextmanager
def counter(name: str) -> Iterator[Callable[[], object]]:
    """Count steps of work whose number is not known in advance.

    Args:
        name: what is counted.

    Yields:
        A function to call after each step.
    """
    from tqdm import tqdm

    with tqdm(desc=name, **_BAR) as bar:
        yield bar.update
