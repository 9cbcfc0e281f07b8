"""What all configuration sections share."""

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

_WORDS = {"true": True, "false": False, "null": None}

#: Of names that become parts of paths.
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]*$"
SHA256 = "^[0-9a-f]{64}$"
#: What messages say in place of a pattern.
PATTERNS = {
    NAME: "letters, digits, _, - and . only, beginning with a letter or digit",
    SHA256: "64 digits 0 to 9 and a to f",
}


class Section(BaseModel):
    """A group of settings: unknown keys are refused, types are not coerced, values are fixed.

    One exception: text is read as a number, true, false or null where the field takes no text.
    Snakemake's ``--config 'subset={images: 4}'`` delivers the 4 as text.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, protected_namespaces=()
    )

    @model_validator(mode="before")
    @classmethod
    def _read_text(cls, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return raw
        fields = cls.model_fields
        return {k: _read(v, fields[k].annotation) if k in fields else v for k, v in raw.items()}


def _read(value: Any, annotation: Any) -> Any:
    if isinstance(value, list):
        return [_read(item, annotation) for item in value]
    if not isinstance(value, str) or (_takes_text(annotation) and value != "null"):
        return value
    if value in _WORDS:
        return _WORDS[value]
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value


def _takes_text(annotation: Any) -> bool:
    """Whether any text is a legal value; choices such as Literal["all"] do not count."""
    if get_origin(annotation) is Literal:
        return False
    return annotation is str or any(_takes_text(part) for part in get_args(annotation))


def _read_ratio(value: Any) -> Any:
    """Accept ``8/255`` as people write budgets; anything else is left to the type check."""
    if isinstance(value, str):
        try:
            over, _, under = value.partition("/")
            return float(over) / float(under or 1)
        except (ValueError, ZeroDivisionError):
            return value
    return value


Ratio = Annotated[float, BeforeValidator(_read_ratio)]


def ratio_text(value: float) -> str:
    """A number as people write it: ``0.01``, and ``8/255`` where four digits would not do."""
    short = f"{value:.4g}"
    levels = value * 255
    exact = float(short) == value or abs(levels - round(levels)) > 1e-9
    return short if exact else f"{levels:.0f}/255"


def settings_taken_by(function: Callable[..., Any], raw: Mapping[str, Any]) -> Any:
    """Settings as stored in a stage (numbers, no ratios) to the class that a function takes.

    Args:
        function: annotates its argument ``settings`` with that class. Asked instead of a registry,
            so that a method added there is no change to all others' code.
    """
    kind: type[Section] = signature(function).parameters["settings"].annotation
    return kind.model_validate(raw)
