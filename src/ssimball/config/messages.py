"""Turns pydantic's errors into sentences about configuration keys."""

import difflib
from collections.abc import Iterable, Iterator
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ValidationError

_SHOWN = 40


def describe(error: ValidationError, raw: dict[str, Any], root: type[BaseModel]) -> Iterator[str]:
    """One sentence per problem, each starting with the dotted key it is about."""
    for problem in error.errors(include_url=False):
        keys = _keys(problem["loc"], raw)
        name = ".".join(keys)
        if problem["type"] == "extra_forbidden":
            yield f"{name}: unknown key; {_suggest(keys, raw, root)}"
        elif problem["type"] == "value_error":
            text = problem["msg"].removeprefix("Value error, ")
            yield f"{name}: {text}" if name else text
        elif problem["type"].startswith("union_tag"):
            expected = problem.get("ctx", {}).get("expected_tags", "")
            yield f"{name}.method: expected one of {expected or 'the known methods'}"
        else:
            text = problem["msg"][0].lower() + problem["msg"][1:]
            yield f"{name}: {text}, not {problem['input']!r}"


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
        if part in raw if isinstance(raw, dict) else isinstance(raw, list):
            raw = raw[part]
            keys.append(str(part))
    return keys


def _suggest(keys: list[str], raw: dict[str, Any], root: type[BaseModel]) -> str:
    known = _fields(keys[:-1], raw, root)
    near = difflib.get_close_matches(keys[-1], known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known keys here: {', '.join(known)}"


def _fields(keys: list[str], raw: Any, section: type[BaseModel]) -> list[str]:
    """Field names of the section that ``keys`` leads to."""
    for position, key in enumerate(keys):
        raw = raw[key]
        annotation = section.model_fields[key].annotation
        if get_origin(annotation) is dict:
            entry = raw[keys[position + 1]]
            return sorted(_member(get_args(annotation)[1], entry.get("method")).model_fields)
        assert isinstance(annotation, type) and issubclass(annotation, BaseModel)
        section = annotation
    return sorted(section.model_fields)


def _member(union: Any, tag: Any) -> type[BaseModel]:
    """The member of a discriminated union that carries ``tag``."""
    members: tuple[type[BaseModel], ...] = get_args(get_args(union)[0])
    return next(m for m in members if m.model_fields["method"].default == tag)
