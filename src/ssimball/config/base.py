"""The base class of all configuration sections, and types that several sections share."""

from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

_WORDS = {"true": True, "false": False, "null": None}

#: Pattern of names that become parts of paths.
NAME = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$"
SHA256 = "^[0-9a-f]{64}$"
#: Descriptions of the patterns above for error messages.
PATTERNS = {
    NAME: "letters, digits, _, - and . only, at most 100, beginning with a letter or digit",
    SHA256: "64 digits 0 to 9 and a to f",
}


class Section(BaseModel):
    """A group of settings that rejects unknown keys, converts no types and cannot be changed.

    There is one exception. Snakemake's ``--config 'subset={images: 4}'`` passes the 4 as text.
    Text is therefore read as a number, true, false or null where the field accepts no text.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, allow_inf_nan=False, protected_namespaces=()
    )

    @model_validator(mode="before")
    @classmethod
    def _parse_texts(cls, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return raw
        fields = cls.model_fields
        return {
            key: _parse_text(value, fields[key].annotation) if key in fields else value
            for key, value in raw.items()
        }


def _parse_text(value: Any, annotation: Any) -> Any:
    """Return text as a number, bool or None where a field of this type accepts no text."""
    if isinstance(value, list):
        return [_parse_text(item, annotation) for item in value]
    if not isinstance(value, str) or (_accepts_text(annotation) and value != "null"):
        return value
    if value in _WORDS:
        return _WORDS[value]
    for number_type in (int, float):
        try:
            return number_type(value)
        except ValueError:
            continue
    return value


def _accepts_text(annotation: Any) -> bool:
    """Return whether any text is a legal value; choices such as Literal["all"] do not count."""
    if get_origin(annotation) is Literal:
        return False
    return annotation is str or any(_accepts_text(part) for part in get_args(annotation))


def _parse_ratio(value: Any) -> Any:
    """Return text such as ``8/255`` as a number; leave anything else to the type check."""
    if isinstance(value, str):
        try:
            numerator, _, denominator = value.partition("/")
            return float(numerator) / float(denominator or 1)
        except (ValueError, ZeroDivisionError):
            return value
    return value


#: A number that may be written as a fraction, such as ``8/255``.
Ratio = Annotated[float, BeforeValidator(_parse_ratio)]


def ratio_text(value: float) -> str:
    """Return a number as people write it: as a decimal, or in 255ths if four digits are too few.

    Examples:
        >>> ratio_text(0.01), ratio_text(8 / 255)
        ('0.01', '8/255')
    """
    decimal = f"{value:.4g}"
    levels = value * 255
    is_decimal = float(decimal) == value or abs(levels - round(levels)) > 1e-9
    return decimal if is_decimal else f"{levels:.0f}/255"
