"""An extension of Griffe: docstrings of the library, written for a terminal, as Markdown.

What stands between < and > is no tag; :func:`name` becomes a link where the site has its target.
"""

import re
from typing import Any

from griffe import Extension, NameResolutionError, Object

#: A role of Sphinx, code, or a lone <.
_TOKEN = re.compile(r":(?:func|class|mod|data|attr|meth):`~?(?P<role>[^`]+)`|``.+?``|`[^`]+`|<")
_SECTION = re.compile(r"(Args|Attributes|Returns|Raises|Yields):$")


class Docstrings(Extension):
    """Its method is called by Griffe for every object that it has read."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Rewrite the docstring before it is parsed."""
        if obj.docstring is not None:
            obj.docstring.value = as_markdown(obj.docstring.value, obj)


def as_markdown(text: str, obj: Object) -> str:
    """A docstring of an object as Markdown."""

    def token(found: re.Match[str]) -> str:
        if found["role"]:
            return _link(found["role"], obj)
        return "&lt;" if found[0] == "<" else found[0]

    lines, in_section = [], False
    # A role may be broken over two lines.
    text = re.sub(r"(:(?:func|class|mod):`[^`\n]*)\n\s*([^`\n]*`)", r"\1\2", text)
    for line in text.splitlines():
        if line and not line.startswith(" "):
            in_section = bool(_SECTION.match(line))
        # Indented outside of a section: a formula, which Markdown shows as it is.
        formula = line.startswith("    ") and not in_section
        lines.append(line if formula else _TOKEN.sub(token, line))
    return "\n".join(lines)


def _link(name: str, obj: Object) -> str:
    """To an object by its name, where the site shows it; else the name alone."""
    code = f"<code>{name.rpartition('.')[2]}</code>"
    try:
        target = name if name.startswith("ssimball.") else obj.resolve(name)
    except NameResolutionError:
        return code
    return f'<autoref identifier="{target}" optional>{code}</autoref>'
