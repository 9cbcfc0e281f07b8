"""Print to the terminal. Names and messages may come from a folder of somebody else's."""

import re

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

    Args:
        text: the message.
        err: whether it goes to standard error.
        nl: whether a line break is added.
    """
    click.echo(printable(text), err=err, nl=nl)
