"""Text of unknown origin in Markdown: shown as it is, never as markup."""

import re

#: Characters that would begin a link, an image, code, emphasis, a cell or HTML.
_MARKUP = re.compile(r"[\\`*_\[\]<>|&~!#$]")
#: The end of what would be a link, an image, a reference or what a reference stands for.
_LINK = re.compile(r"\](?=[(\[:])")


def plain(text: str) -> str:
    r"""Return text on one line, in which Markdown and HTML find no markup.

    Examples:
        >>> plain("<b>a</b>\n|b")
        '&lt;b&gt;a&lt;/b&gt; \\|b'
    """
    return _MARKUP.sub(_escaped, " ".join(text.split()))


def _escaped(found: re.Match[str]) -> str:
    entity = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
    return entity.get(found[0], f"\\{found[0]}")


def without_markup(text: str) -> str:
    r"""Return Markdown of unknown origin without HTML, images, links and references.

    Tables, lists, emphasis and intervals such as [0, 1] stay.

    Examples:
        >>> without_markup("**a** ![b](https://x) <script>")
        '**a** ![b\\](https://x) &lt;script>'
    """
    return _LINK.sub(r"\]", text.replace("&", "&amp;").replace("<", "&lt;"))


def fenced(text: str) -> str:
    """Return a block of code that holds the text, whatever fences it holds itself."""
    longest = max(map(len, re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}\n"
