"""Read YAML that somebody else may have written: plain data, of bounded size and depth.

A run's own configuration has no aliases. Overlays may, as long as what they stand for stays small:
``config/confirmation.yaml`` uses one, and its sha256 is part of what was registered. All other
modules read YAML through this one; a test holds that.
"""

import re
from pathlib import Path
from typing import Any

import yaml

from ssimball.errors import ConfigError
from ssimball.storage.regular_files import read_regular

#: libyaml is many times faster, and every job parses the configuration.
_SAFE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Bytes of the largest file, values with every alias written out, and levels of nesting. The
#: largest configuration of this project has 20 kB, 1000 values and 8 levels.
MAX_BYTES = 1 << 20
MAX_VALUES = 100_000
MAX_DEPTH = 50
#: Integers that Python would refuse to print, or would take long to read.
_ENDLESS_NUMBER = re.compile(r"[-+]?[0-9][0-9a-fA-FxXoO_:.]{400,}")


class _KeyTwiceError(Exception):
    """A section has a key twice; the arguments are the key and its second line."""


class _Loader(_SAFE):  # type: ignore[misc]
    """A loader that refuses a second key of one name, in whose favour YAML forgets the first."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Return the mapping of a node."""
        seen = set()
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            if key.value in seen:
                raise _KeyTwiceError(key.value, key.start_mark.line + 1)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def read_yaml(path: Path, aliases: bool = True) -> Any:
    """Read a YAML file.

    Args:
        path: the file.
        aliases: whether it may have any.

    Raises:
        OSError: the file is missing, cannot be read, or is larger than ``MAX_BYTES``.
        ConfigError: as in :func:`parse_yaml`.
    """
    try:
        text = read_regular(path, MAX_BYTES).decode("utf-8")
    except UnicodeDecodeError:
        raise _not_text(path) from None
    return parse_yaml(text, str(path), aliases)


def parse_yaml(text: str, name: str, aliases: bool = True) -> Any:
    """Parse YAML that holds plain data.

    Args:
        text: the YAML.
        name: what the text is called in messages.
        aliases: whether it may have any.

    Raises:
        ConfigError: the text is not valid YAML, or larger than a configuration can be; the message
            names the line.
    """
    try:
        _check_size(text, name, aliases)
        return yaml.load(text, _Loader)
    except _KeyTwiceError as error:
        key, line = error.args
        raise ConfigError(
            f"{name}, line {line}: the section has the key {key!r} twice; keep one of them"
        ) from None
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f", line {error.problem_mark.line + 1}"
        raise ConfigError(
            f"{name}{line}: not valid YAML: {error.problem}; check this line and the one above for "
            "tabs, open brackets and wrong indentation"
        ) from None
    except yaml.YAMLError:
        raise _not_text(name) from None
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
        # From numbers, dates and bytes that are none.
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ConfigError(f"{name}: not valid YAML: {reason}; correct the value") from None


def _not_text(name: object) -> ConfigError:
    return ConfigError(f"{name}: not a UTF-8 text file; save it as UTF-8")


def _check_size(text: str, name: str, aliases: bool) -> None:
    """Walk through the events of the parser, which needs no recursion, and count."""
    values = depth = 0
    sizes: dict[str, int] = {}
    open_anchors: list[tuple[str | None, int]] = []
    for event in yaml.parse(text, _SAFE):
        line = 0 if event.start_mark is None else event.start_mark.line + 1
        if isinstance(event, yaml.AliasEvent):
            if not aliases:
                raise ConfigError(f"{name}, line {line}: an alias, *{event.anchor}; write it out")
            if any(anchor == event.anchor for anchor, _ in open_anchors):
                raise ConfigError(f"{name}, line {line}: {event.anchor} holds itself; write it out")
            values += sizes.get(event.anchor or "", 0)
        elif isinstance(event, yaml.ScalarEvent):
            values += 1
            if event.implicit[0] and _ENDLESS_NUMBER.fullmatch(event.value):
                raise ConfigError(f"{name}, line {line}: a number of over 400 digits; correct it")
            if event.anchor:
                sizes[event.anchor] = 1
        elif isinstance(event, yaml.CollectionStartEvent):
            open_anchors.append((event.anchor, values))
            values, depth = values + 1, depth + 1
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before = open_anchors.pop()
            depth -= 1
            if anchor:
                sizes[anchor] = values - before
        if values > MAX_VALUES or depth > MAX_DEPTH:
            raise ConfigError(
                f"{name}, line {line}: more than {MAX_VALUES:,} values with aliases written out, "
                f"or more than {MAX_DEPTH} levels; no configuration needs that"
            )
