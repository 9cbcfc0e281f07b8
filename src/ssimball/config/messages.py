"""Error messages about configuration keys, made from pydantic's errors."""

import difflib
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Annotated, Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

from ssimball.config.base import PATTERNS

#: Names that a message shows of a list.
LISTED = 4
#: Known names that a message lists at most.
_MAX_KNOWN = 40
#: Messages that replace pydantic's, which speak of Python's types.
_PLAIN = {
    "dict_type": "input should be keys with values",
    "model_type": "input should be keys with values",
    "model_attributes_type": "input should be keys with values",
    "list_type": "input should be a list",
    "string_type": "input should be text",
}


def describe(error: ValidationError, raw: dict[str, Any], root: type[BaseModel]) -> Iterator[str]:
    """Yield one message per wrong key, beginning with the key in dotted form.

    Args:
        error: what pydantic raised.
        raw: the configuration that was validated.
        root: the model that validated it.

    Yields:
        A line such as ``overlap.top: input should be less than 1, not 1.5``.
    """
    problems: defaultdict[str, list[str]] = defaultdict(list)
    endings: dict[str, str] = {}
    for problem in error.errors(include_url=False):
        keys = _keys(problem["loc"], raw)
        name, ending = ".".join(map(_visible, keys)), ""
        if problem["type"] == "extra_forbidden":
            text = f"unknown key; {_suggest_key(keys, raw, root)}"
        elif problem["type"].startswith("union_tag"):
            name, text = f"{name}.method", _method_problem(problem, keys, raw, root)
        else:
            text, ending = _value_problem(problem)
        # A value that fits none of several types gives one problem for each of them.
        problems[name].append(text.removeprefix("input should be ") if problems[name] else text)
        endings.setdefault(name, ending)
    for name, texts in problems.items():
        text = " or ".join(texts) + endings[name]
        yield f"{name}: {text}" if name else text


def suggestion(name: str, known: Iterable[str], cutoff: float = 0.6) -> str:
    """Return the known name that an unknown one probably stands for, or else all known names.

    Args:
        name: the unknown name.
        known: all known names.
        cutoff: similarity from 0 to 1 from which a known name is suggested.

    Returns:
        The end of an error message.

    Examples:
        >>> suggestion("fgsn", ["fgsm", "bim"])
        "did you mean 'fgsm'?"
        >>> suggestion("mine", ["fgsm", "bim"])
        'known: fgsm, bim'
    """
    names = list(known)
    near = difflib.get_close_matches(name, names, 1, cutoff)
    shown = names if len(names) <= _MAX_KNOWN else [*names[:_MAX_KNOWN], "..."]
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(shown)}"


def listed(
    names: Sequence[str], separator: str = ", ", limit: int = LISTED, total: int | None = None
) -> str:
    """Return the first few names, and how many more there are.

    Args:
        names: all names, or the first ones.
        separator: between two names.
        limit: how many are shown.
        total: how many there are; None: as many as are given.

    Examples:
        >>> listed(["a", "b", "c"], limit=2)
        'a, b and 1 more'
    """
    more = (len(names) if total is None else total) - limit
    return separator.join(names[:limit]) + (f" and {more} more" if more > 0 else "")


def _visible(key: str) -> str:
    """Return a key as it is, or as it would be written where it holds a line break or the like."""
    return key if key.isprintable() else repr(key)


def _keys(loc: tuple[Any, ...], raw: Any) -> list[str]:
    """Return the keys of a location, without the union tags that pydantic puts between them."""
    keys: list[str] = []
    for part in loc:
        known = range(len(raw)) if isinstance(raw, list) else raw if isinstance(raw, dict) else ()
        if part in known:
            raw = raw[part]
            keys.append(str(part))
    return keys


def _value_problem(problem: Any) -> tuple[str, str]:
    """Return what a value should be, and an ending with the value itself and a remedy."""
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
        return "; give a value, or remove the key to keep its default"
    if kind == "list_type" and isinstance(value, str | float | int):
        return f"; write [{value}]"
    if kind == "string_type" and isinstance(value, float | int | date):
        return "; put it in quotes"
    return ""


def _suggest_key(keys: list[str], raw: dict[str, Any], root: type[BaseModel]) -> str:
    known = sorted(_type_at(keys[:-1], raw, root).model_fields)
    key, colon, value = keys[-1].partition(":")
    if colon and key in known:
        return f"put a blank after the colon: '{key}: {value}'"
    near = difflib.get_close_matches(keys[-1], known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known keys here: {', '.join(known)}"


def _method_problem(
    problem: Any, keys: list[str], raw: dict[str, Any], root: type[BaseModel]
) -> str:
    """Return the message about an entry whose method is missing or unknown."""
    if problem["type"] == "union_tag_invalid":
        known = re.findall("'([^']+)'", problem["ctx"]["expected_tags"])
        return f"there is no {problem['ctx']['tag']!r}; {suggestion(problem['ctx']['tag'], known)}"
    *parents, entry = keys
    entries: Any = raw
    for key in parents:
        entries = entries[key]
    near = difflib.get_close_matches(entry, [name for name in entries if name != entry], 1)
    union = get_args(_type_at(parents, raw, root))[1]
    methods = [member.model_fields["method"].default for member in _members(union)]
    hint = f"did you mean the entry {near[0]!r}?" if near else f"known: {', '.join(methods)}"
    return f"missing, but a new entry needs a method; {hint}"


def _type_at(keys: list[str], raw: Any, root: Any) -> Any:
    """Return the type of the value that keys lead to, starting from a section's type."""
    current = root
    for key in keys:
        if isinstance(raw, list):
            raw, current = raw[int(key)], get_args(current)[0]
            continue
        raw = raw[key]
        is_dict = get_origin(current) is dict
        current = get_args(current)[1] if is_dict else current.model_fields[key].annotation
        if get_origin(current) is Annotated:
            method, members = raw.get("method"), _members(current)
            current = next(m for m in members if m.model_fields["method"].default == method)
    return current


def _members(union: Any) -> tuple[type[BaseModel], ...]:
    """Return the members of an annotated union that ``method`` distinguishes."""
    members: tuple[type[BaseModel], ...] = get_args(get_args(union)[0])
    return members
