"""A mistake and the message about it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ssimball.errors import SsimballError


@dataclass(frozen=True)
class Case:
    """One mistake of the table.

    Attributes:
        name: name of the mistake.
        make: makes the mistake in an empty folder. Returns the status of the image's row if the
            mistake concerns one image, and raises an error otherwise.
        message: the whole message. HERE stands for the folder, … for words of another library.
        error: the error that is raised; None if the message is a status.
    """

    name: str
    make: Callable[[Path], str | None]
    message: str
    error: type[SsimballError] | None = None

    def matches(self, text: str, folder: Path) -> bool:
        """Return whether a text is the message."""
        parts = map(re.escape, self.message.replace("HERE", str(folder)).split("…"))
        return re.fullmatch(".+".join(parts), text) is not None
