"""Mistakes in a command of Snakemake that it would report by a traceback, before it reads a file.

Snakemake imports its loggers, one of which this project has, before it parses its arguments.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from snakemake.common import get_appdirs

from ssimball.config.files import check_yaml
from ssimball.errors import ConfigError, SsimballError
from ssimball.runtime.environment import require_home
from ssimball.runtime.processes import is_program, restart_in_utf8
from ssimball.storage.regular_files import read_text, remedy

_SETTINGS = ("--config", "-C")
_OVERLAYS = ("--configfile", "--configfiles")
#: Bytes that are written to see whether there is room for temporary files.
_ROOM = 1 << 16


def check_command() -> None:
    """End a command of Snakemake that cannot work, with a sentence; other programs go on."""
    if not is_program("snakemake"):
        return
    restart_in_utf8()
    try:
        require_settings(sys.argv[1:])
        require_overlays(sys.argv[1:])
        require_room()
        require_home()
        require_folder(Path(get_appdirs().user_cache_dir) / "snakemake" / "source-cache")
    except SsimballError as error:
        sys.exit(f"ssimball: {error}")


def require_settings(arguments: Sequence[str]) -> None:
    """Refuse what follows --config and is no setting, such as a target.

    Raises:
        ConfigError: naming it.
    """
    for word in _following(arguments, _SETTINGS):
        if not word.partition("=")[0].isidentifier() or "=" not in word:
            raise ConfigError(
                f"{word!r} follows --config, but is no setting like run=mine; put targets before "
                "all options, and settings with blanks in quotes"
            )


def require_overlays(arguments: Sequence[str]) -> None:
    """Refuse a configuration file that is missing, or is neither JSON nor YAML.

    Raises:
        ConfigError: naming the file, and the line if there is one.
    """
    for path in map(Path, _following(arguments, _OVERLAYS)):
        try:
            if not _is_json(path):
                check_yaml(path)
        except OSError as error:
            raise ConfigError(
                f"--configfile: {path} cannot be read ({error.strerror}); "
                f"{remedy(error, 'name a YAML file')}"
            ) from None


def _is_json(path: Path) -> bool:
    """Return whether a file is JSON, which may be indented by tabs, unlike YAML."""
    try:
        json.loads(read_text(path))
    except (SsimballError, ValueError):
        return False
    return True


def _following(arguments: Sequence[str], options: Sequence[str]) -> Iterator[str]:
    """Yield the words that Snakemake takes for values of an option with several names."""
    are_values = False
    for word in arguments:
        if word.startswith("-"):
            option, joined, value = word.partition("=")
            are_values = option in options and not joined
            if option in options and joined:
                yield value
        elif are_values:
            yield word


def require_room() -> None:
    """Refuse a folder for temporary files without room for the small ones of Snakemake.

    Raises:
        ConfigError: naming the folder.
    """
    try:
        with tempfile.TemporaryFile(buffering=0) as stream:
            stream.write(bytes(_ROOM))
    except OSError as error:
        raise ConfigError(
            f"{os.environ.get('TMPDIR', '/tmp')}: temporary files cannot be written "
            f"({error.strerror}); make room, or set TMPDIR to another folder"
        ) from None


def require_folder(folder: Path) -> None:
    """Refuse a place for Snakemake's copies of its sources that cannot be written.

    Raises:
        ConfigError: naming the folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"{folder}: Snakemake cannot keep its copies here ({error.strerror}); set "
            "XDG_CACHE_HOME to a folder that you may write to"
        ) from None
