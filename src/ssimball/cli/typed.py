"""Messages name the option that was typed, not the configuration's key that it sets."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ssimball.errors import SsimballError

#: The key that each option of ``ssimball attack`` sets.
KEYS = {
    "attack": "attacks",
    "network": "model.name",
    "weights": "model.weights",
    "mean_ssim": "comparison.mean_ssim",
    "seed": "seed",
}
#: Stands before a list of wrong keys.
HEADING = re.compile(r"\Athe configuration is not valid:\n  (?=--[^\n]*\Z)")


@contextmanager
def options_named(options: Mapping[str, Any]) -> Iterator[None]:
    """Rewrite the message of a user's error so that it names the options that were typed.

    Args:
        options: values of the options by the names of parameters; None: not typed. ``settings``
            are those of ``--set``.

    Raises:
        SsimballError: the one raised inside, of the same type.
    """
    try:
        yield
    except SsimballError as error:
        raise type(error)(as_typed(str(error), options)) from None


def as_typed(message: str, options: Mapping[str, Any]) -> str:
    """Return a message with options in place of the keys at the beginning of its lines.

    Examples:
        >>> as_typed("model.weights: cannot read x.pth", {"weights": "x.pth"})
        '--weights: cannot read x.pth'
    """
    for option, key in KEYS.items():
        if options.get(option) is not None:
            name = "--" + option.replace("_", "-")
            message = re.sub(rf"(?m)^( *){re.escape(key)}(?=:)", rf"\1{name}", message)
    own = f"attack_settings.{options.get('attack')}."
    for key in options.get("settings") or ():
        before = re.escape(own) + f"({re.escape(key)})"
        message = re.sub(rf"(?m)^( *){before}(?=[:.])", r"\1--set \2", message)
    return HEADING.sub("", message)
