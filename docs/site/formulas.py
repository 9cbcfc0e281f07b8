"""A hook of MkDocs: formulas become MathML, which browsers draw without any script."""

import html
import re
import xml.etree.ElementTree as ElementTree
from typing import Any

from latex2mathml.converter import convert
from mkdocs.exceptions import PluginError

#: What arithmatex leaves of a formula: between \( and \) in a line, between \[ and \] on its own.
_FORMULA = re.compile(
    r'<(span|div) class="arithmatex">(?:\\\((.*?)\\\)|\\\[(.*?)\\\])</\1>', re.DOTALL
)
#: Brackets that the converter takes for plain symbols, unless they are told to grow.
_BRACKET = re.compile(r"(?<!\\left)(?<!\\right)\\([lr])(vert|Vert|angle)(?![A-Za-z])")
#: How many parts an element has to have; where LaTeX lacks one, so does the MathML.
_PARTS = {"mfrac": 2, "msub": 2, "msup": 2, "munder": 2, "mover": 2, "msubsup": 3}


def on_page_content(content: str, *, page: Any, **_: Any) -> str:
    """Called by MkDocs with the HTML of every page."""

    def mathml(found: re.Match[str]) -> str:
        own_line = found[1] == "div"
        latex = html.unescape(found[3] if own_line else found[2]).strip()
        try:
            return as_mathml(latex, own_line)
        except ValueError as error:
            raise PluginError(f"{page.file.src_uri}: {error}, in the formula {latex}") from error

    return _FORMULA.sub(mathml, content)


def as_mathml(latex: str, own_line: bool) -> str:
    """A formula in LaTeX as MathML.

    Raises:
        ValueError: it is no LaTeX, or has a command that the converter does not know.
    """
    if latex.count("{") != latex.count("}"):
        raise ValueError("braces do not match")
    growing = {"l": r"\left", "r": r"\right"}
    latex = _BRACKET.sub(lambda bracket: growing[bracket[1]] + bracket[0], latex)
    try:
        found = convert(latex, display="block" if own_line else "inline")
        tree = ElementTree.fromstring(found)
    except Exception as error:  # of many kinds; an & outside of a table is no XML
        raise ValueError(f"cannot be read ({error!r})") from error
    for element in tree.iter():
        name = element.tag.rpartition("}")[2]
        if len(element) < _PARTS.get(name, 0):
            raise ValueError(f"a part of {name} is missing")
        # What the converter does not know it hands through.
        if "\\" in (element.text or ""):
            raise ValueError(f"{element.text} is not known")
    return f'<div class="formula">{found}</div>' if own_line else found
