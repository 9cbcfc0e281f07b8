"""What is found of one thing."""

from dataclasses import dataclass
from typing import Literal

#: ``missing``: ``make demo`` needs it. ``not needed``: not there, and only what ``remedy`` names
#: uses it.
State = Literal["ok", "missing", "not needed"]


@dataclass(frozen=True)
class Finding:
    """Whether a thing is there, what was found of it, and how to get it where it is not."""

    state: State
    found: str
    remedy: str = ""
