"""What lies in a folder of photographs: photographs, and what systems and archives leave there."""

import os
from pathlib import Path

from ssimball.errors import DatasetError

#: Endings of the files that count as photographs, in every format that is decoded.
SUFFIXES = (
    *(".jpg", ".jpeg", ".jfif", ".png", ".webp", ".avif"),
    *(".tif", ".tiff", ".bmp", ".gif", ".jp2", ".ppm"),
)
#: Folders that a network drive, a file system, a trash can or an archive puts beside the user's.
_OF_SYSTEMS = {
    *("@eadir", "#recycle", "#snapshot", "lost+found", "__macosx", "$recycle.bin"),
    *("system volume information", "desktop.ini", "thumbs.db"),
}


def is_of_system(name: str) -> bool:
    """Return whether a file or folder is hidden, or is known to be no user's.

    Examples:
        >>> [is_of_system(name) for name in (".DS_Store", "@eaDir", "n01440764")]
        [True, True, False]
    """
    return name.startswith(".") or name.lower() in _OF_SYSTEMS


def photographs(folder: Path) -> list[str]:
    """Return the names of the photographs in a folder, sorted.

    Raises:
        DatasetError: a name is not UTF-8, so that no table could hold it.
        OSError: the folder cannot be read.
    """
    names = sorted(filter(is_photograph, os.listdir(folder)))  # noqa: PTH208 - 50,000 names
    for name in names:
        try:
            name.encode()
        except UnicodeEncodeError:
            raise DatasetError(
                f"{folder}: the name {os.fsencode(name)!r} is not UTF-8; rename the file"
            ) from None
    return names


def is_photograph(name: str) -> bool:
    """Return whether a name is that of a photograph.

    Examples:
        >>> [is_photograph(name) for name in ("a.JPEG", "._a.JPEG", ".jpg", "a.txt")]
        [True, False, False, False]
    """
    return name.lower().endswith(SUFFIXES) and not is_of_system(name)
