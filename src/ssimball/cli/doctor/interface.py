"""Checks of an installation and their findings."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """The outcome of a check."""

    OK = "ok"
    #: It is missing, and ``make demo`` needs it.
    MISSING = "missing"
    #: It is missing, and only the use that ``remedy`` names needs it.
    NOT_NEEDED = "not needed"


@dataclass(frozen=True)
class Finding:
    """The result of a check.

    Attributes:
        state: whether the thing is there.
        found: what was found, a phrase.
        remedy: how to get what is missing, a phrase; empty if nothing is.
    """

    state: State
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Check:
    """One thing that ``ssimball doctor`` examines.

    Attributes:
        name: its name, at most nine characters.
        examine: looks for it.
        is_needed: whether ``make demo`` needs it.
    """

    name: str
    examine: Callable[[], Finding]
    is_needed: bool = False
