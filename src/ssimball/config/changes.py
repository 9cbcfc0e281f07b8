"""Differences between two versions of the same settings."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: Characters of a value that a message shows at most.
_MAX_CHARACTERS = 60


@dataclass(frozen=True)
class ChangedSetting:
    """A setting that differs.

    Attributes:
        key: the key in dotted form.
        before: the first value as JSON, shortened, or "not there".
        after: the second value, likewise.
    """

    key: str
    before: str
    after: str


def changed_settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ChangedSetting]:
    """Compare two nested mappings of settings key by key.

    Args:
        before: JSON types only.
        after: JSON types only.

    Returns:
        The settings that differ, sorted by key.

    Examples:
        >>> [change] = changed_settings({"model": {"sha256": None}}, {"model": {"sha256": "ab"}})
        >>> change.key, change.before, change.after
        ('model.sha256', 'null', '"ab"')
    """
    old, new = dict(_flat(before)), dict(_flat(after))
    return [
        ChangedSetting(key, _text(old, key), _text(new, key))
        for key in sorted({**old, **new})
        if (key in old) != (key in new) or old.get(key) != new.get(key)
    ]


def _flat(settings: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield nested settings as pairs of a dotted key and a value."""
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _text(settings: Mapping[str, Any], key: str) -> str:
    if key not in settings:
        return "not there"
    text = json.dumps(settings[key])
    return text if len(text) <= _MAX_CHARACTERS else f"{text[: _MAX_CHARACTERS - 3]}..."
