"""One mistake and what is said about it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ssimball.errors import SsimballError


@dataclass(frozen=True)
class Case:
    """A row of the table.

    Attributes:
        name: of the mistake.
        make: makes it in an empty folder and goes on until it is found. Returns the status of the
            image's row where one image is concerned, otherwise raises.
        message: all that is said. HERE stands for the folder, … for words of another library.
        error: what is raised, None where the message is a status.
    """

    name: str
    make: Callable[[Path], str | None]
    message: str
    error: type[SsimballError] | None = None

    def is_said_by(self, text: str, folder: Path) -> bool:
        """Whether a text is the message."""
        parts = map(re.escape, self.message.replace("HERE", str(folder)).split("…"))
        return re.fullmatch(".+".join(parts), text) is not None
