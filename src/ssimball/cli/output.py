"""Print to the terminal. Names and messages may come from a folder of somebody else's."""

import os
import re
import sys
from contextlib import suppress

import click

#: Control characters, which a terminal may take for commands, and marks that reorder text.
_UNPRINTABLE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def printable(text: str) -> str:
    r"""Return text with control characters written out, line breaks and tabs excepted.

    Examples:
        >>> printable("a\x1b[2Jb")
        'a\\x1b[2Jb'
    """
    return _UNPRINTABLE.sub(lambda found: ascii(found[0])[1:-1], text)


def say(text: str, *, err: bool = False, nl: bool = True) -> None:
    """Print a message, with control characters written out.

    Where nobody reads the output any more, as after ``| head``, the command goes on without it.

    Args:
        text: the message.
        err: whether it goes to standard error.
        nl: whether a line break is added.
    """
    _write(printable(text), err, nl)


def say_data(text: str, *, nl: bool = True) -> None:
    """Print text for programs and files: UTF-8 in any locale, with control characters written out.

    Args:
        text: the text.
        nl: whether a line break is added.
    """
    _write(printable(text).encode(), err=False, nl=nl)


def _write(text: str | bytes, err: bool, nl: bool) -> None:
    try:
        click.echo(text, err=err, nl=nl)
    except BrokenPipeError:
        stream = sys.stderr if err else sys.stdout
        with suppress(OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
