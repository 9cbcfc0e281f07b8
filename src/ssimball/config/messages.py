"""Turns pydantic's errors into sentences about configuration keys."""

import difflib
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ssimball.config.base import PATTERNS

_SHOWN = 40
#: In place of pydantic's words about Python's types.
_PLAIN = {
    "dict_type": "input should be keys with values",
    "model_type": "input should be keys with values",
    "model_attributes_type": "input should be keys with values",
    "list_type": "input should be a list",
    "string_type": "input should be text",
}


def describe(error: ValidationError, raw: dict[str, Any], root: type[BaseModel]) -> Iterator[str]:
    """One sentence per key that is wrong, beginning with the key in dotted form."""
    texts: defaultdict[str, list[str]] = defaultdict(list)
    ends: dict[str, str] = {}
    for problem in error.errors(include_url=False):
        keys = _keys(problem["loc"], raw)
        name = ".".join(keys)
        if problem["type"] == "extra_forbidden":
            text, end = f"unknown key; {_suggest(keys, raw, root)}", ""
        elif problem["type"].startswith("union_tag"):
            name, text, end = f"{name}.method", _method(problem, keys, raw, root), ""
        else:
            text, end = _sentence(problem)
        # A value that is none of several kinds is one problem for each of them.
        texts[name].append(text.removeprefix("input should be ") if texts[name] else text)
        ends.setdefault(name, end)
    for name, told in texts.items():
        text = " or ".join(told) + ends[name]
        yield f"{name}: {text}" if name else text


def suggestion(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """What may have been meant by an unknown name."""
    names = list(known)
    near = difflib.get_close_matches(name, names, 1, cutoff)
    shown = names if len(names) <= _SHOWN else [*names[:_SHOWN], "..."]
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(shown)}"


def _keys(loc: tuple[Any, ...], raw: Any) -> list[str]:
    """Drop the union tags that pydantic puts between real keys."""
    keys: list[str] = []
    for part in loc:
        known = range(len(raw)) if isinstance(raw, list) else raw if isinstance(raw, dict) else ()
        if part in known:
            raw = raw[part]
            keys.append(str(part))
    return keys


def _sentence(problem: Any) -> tuple[str, str]:
    """What a value should be, and the value itself with what to do about it."""
    kind, value, limits = problem["type"], problem["input"], problem.get("ctx", {})
    if kind == "value_error":
        return problem["msg"].removeprefix("Value error, "), ""
    text = _PLAIN.get(kind, problem["msg"][0].lower() + problem["msg"][1:])
    if kind == "string_pattern_mismatch":
        text = f"input should be {PATTERNS[limits['pattern']]}"
    elif kind == "too_short":
        text = f"input should have {limits['min_length']} or more items"
    elif kind == "too_long":
        text = f"input should have {limits['max_length']} or fewer items"
    return text, f", not {value!r}{_remedy(kind, value)}"


def _remedy(kind: str, value: Any) -> str:
    if value is None:
        return "; give a value, or take the key out to keep its default"
    if kind == "list_type" and isinstance(value, str | float | int):
        return f"; write [{value}]"
    if kind == "string_type" and isinstance(value, float | int):
        return "; put it in quotes"
    return ""


def _suggest(keys: list[str], raw: dict[str, Any], root: type[BaseModel]) -> str:
    known = sorted(_section(keys[:-1], raw, root).model_fields)
    near = difflib.get_close_matches(keys[-1], known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known keys here: {', '.join(known)}"


def _method(problem: Any, keys: list[str], raw: dict[str, Any], root: type[BaseModel]) -> str:
    """Of an entry whose method is missing or unknown."""
    if problem["type"] == "union_tag_invalid":
        known = re.findall("'([^']+)'", problem["ctx"]["expected_tags"])
        return f"there is no {problem['ctx']['tag']!r}; {suggestion(problem['ctx']['tag'], known)}"
    *above, own = keys
    entries: Any = raw
    for key in above:
        entries = entries[key]
    near = difflib.get_close_matches(own, [name for name in entries if name != own], 1)
    union = get_args(_section(above, raw, root))[1]
    methods = [kind.model_fields["method"].default for kind in _members(union)]
    hint = f"did you mean the entry {near[0]!r}?" if near else f"known: {', '.join(methods)}"
    return f"missing, and a new entry needs one; {hint}"


def _section(keys: list[str], raw: Any, kind: Any) -> Any:
    """The type of what ``keys`` lead to from a section of the type ``kind``."""
    for key in keys:
        raw = raw[key]
        kind = get_args(kind)[1] if get_origin(kind) is dict else kind.model_fields[key].annotation
        if get_origin(kind) is Annotated:
            method = raw.get("method")
            kind = next(m for m in _members(kind) if m.model_fields["method"].default == method)
    return kind


def _members(union: Any) -> tuple[type[BaseModel], ...]:
    """Of a union whose members are told apart by ``method``."""
    members: tuple[type[BaseModel], ...] = get_args(get_args(union)[0])
    return members


#: Keys or files that a sentence names before it only counts.
NAMED = 4


def flat(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Nested settings as pairs of a dotted key and a value."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from flat(inner, f"{name}.{key}" if name else key)
    else:
        yield name, value


def shown(settings: dict[str, Any], key: str) -> str:
    """A value as the configuration would write it, cut where it is long."""
    if key not in settings:
        return "not there"
    text = json.dumps(settings[key])
    return text if len(text) <= 60 else f"{text[:57]}..."


def listed(names: Sequence[str], separator: str = ", ") -> str:
    """The first few, and how many more."""
    more = len(names) - NAMED
    return separator.join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
