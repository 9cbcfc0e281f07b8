"""How far the work is, on a terminal; files and pipes get results alone."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

T = TypeVar("T")
#: Work that is done within a second shows nothing. disable=None: where there is no terminal.
_LOOK: dict[str, Any] = {"delay": 1.0, "leave": False, "disable": None, "unit": ""}


def progress(items: Iterable[T], what: str) -> Iterator[T]:
    """Pass items through and count them."""
    from tqdm import tqdm

    yield from tqdm(items, desc=what, **_LOOK)


@contextmanager
def counter(what: str) -> Iterator[Callable[[], object]]:
    """A function to call at each step of work whose end is not known."""
    from tqdm import tqdm

    with tqdm(desc=what, **_LOOK) as bar:
        yield bar.update
