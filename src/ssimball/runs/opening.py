"""Whether a folder holds the results of a run."""

from pathlib import Path

from ssimball.errors import ArtifactError
from ssimball.storage.checksums import CHECKSUMS
from ssimball.storage.contracts.images import CLASSES
from ssimball.storage.regular_files import require_plain

CONFIG = "config.yaml"


def require_run(folder: Path) -> int:
    """Refuse a folder that does not hold a run, or holds anything but folders and regular files.

    Returns:
        The number of files.

    Raises:
        ArtifactError: the folder does not exist, holds no run, holds a link or a device, or was
            unpacked without folders.
    """
    if not folder.is_dir():
        raise ArtifactError(f"{folder}: there is no such folder; name the results folder of a run")
    if not any((folder / name).is_file() for name in (CONFIG, CHECKSUMS, CLASSES.path)):
        raise ArtifactError(
            f"{folder}: holds no results of ssimball (no {CONFIG}); name the results folder of "
            "a run"
        )
    if unfolded := next((path.name for path in folder.iterdir() if "\\" in path.name), None):
        raise ArtifactError(
            f"{folder}: holds a file {unfolded!r}, whose name holds folders; unpack the run "
            "again with a program that makes folders of them"
        )
    return require_plain(folder)
