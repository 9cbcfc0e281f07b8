"""Work on a results folder that somebody else may have made."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from ssimball.errors import ArtifactError, SsimballError, first_line
from ssimball.runtime.faults import lacks_memory
from ssimball.runtime.memory import limited_memory


@contextmanager
def reading(*folders: Path) -> Iterator[None]:
    """Turn any error of the block into one line, and let it take no more memory than is free.

    Args:
        folders: results folders that the block reads.

    Raises:
        ArtifactError: their contents do not fit each other, or do not fit in memory.
    """
    names = " and ".join(map(str, folders))
    try:
        with limited_memory():
            yield
    except (SsimballError, OSError, click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:  # Files that were tampered with can lead to any error.
        if lacks_memory(error):
            raise ArtifactError(f"{names}: needs more memory than is free here") from None
        reason = first_line(error)
        raise ArtifactError(
            f"{names}: damaged, or not of this version ({reason}); audit it to find the file"
        ) from error
