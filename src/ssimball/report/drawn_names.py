"""Names of the user's as figures can draw them: their font lacks the characters of many scripts."""

from collections.abc import Iterable
from functools import cache

from matplotlib import font_manager
from matplotlib.figure import Figure
from matplotlib.ft2font import FT2Font

#: Said on figures with classes or images whose names were replaced.
NOTE = "Class numbers and codes like \\u732b: names with characters that the font lacks"
#: The font that comes with matplotlib, and the default of all figures.
_FONT = "DejaVu Sans"


def can_draw(text: str) -> bool:
    """Return whether the font of figures has all characters of a text.

    Examples:
        >>> [can_draw(text) for text in ("Übung 3", "τ", "虎")]
        [True, True, False]
    """
    return all(ord(character) in _characters() for character in text)


def drawn_class(name: str, label: int) -> str:
    """Return the name of a class as figures draw it; its number where they cannot.

    Examples:
        >>> drawn_class("tiger cat", 282), drawn_class("虎猫", 282)
        ('tiger cat', 'class 282')
    """
    return literal(name) if can_draw(name) else f"class {label}"


def drawn_id(image_id: str) -> str:
    r"""Return the id of an image as figures draw it, other characters written out.

    Examples:
        >>> drawn_id("猫/a.jpg")
        '\\u732b/a.jpg'
    """
    parts = (
        each if can_draw(each) else each.encode("unicode_escape").decode() for each in image_id
    )
    return literal("".join(parts))


def literal(text: str) -> str:
    """Return text in which matplotlib sees no formula: two dollars would begin and end one."""
    return text.replace("$", r"\$")


def say_replaced(figure: Figure, texts: Iterable[str]) -> Figure:
    """Say at the foot of a figure that names are replaced, if the font lacks any of these texts."""
    if not all(map(can_draw, texts)):
        figure.text(0, 0, f" {NOTE}", ha="left", va="bottom", fontsize=6)
    return figure


@cache
def _characters() -> frozenset[int]:
    return frozenset(FT2Font(font_manager.findfont(_FONT)).get_charmap())
