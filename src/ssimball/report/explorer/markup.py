"""Texts of a run as HTML that can do nothing: Markdown, and terms with their meanings."""

import re
from functools import cache

from markdown import Markdown
from markupsafe import Markup, escape

from ssimball.report.glossary import GLOSSARY

#: What Markdown could turn into a link, a picture or HTML of the text's own.
_ACTIVE = (
    *("link", "image_link", "reference", "image_reference", "short_reference"),
    *("short_image_ref", "autolink", "automail", "html", "entity"),
)


def markdown_html(text: str) -> Markup:
    """Return Markdown with tables as HTML. HTML and links in it are shown as text.

    Args:
        text: Markdown, whose names of images and classes may come from anyone.
    """
    return Markup(_converter().reset().convert(text))


@cache
def _converter() -> Markdown:
    converter = Markdown(extensions=["tables"])
    converter.preprocessors.deregister("html_block")
    converter.parser.blockprocessors.deregister("reference")
    for pattern in _ACTIVE:
        converter.inlinePatterns.deregister(pattern)
    return converter


def explained(text: str) -> Markup:
    """Return text as HTML; the first mention of each term of the glossary has its meaning."""
    known: set[str] = set()

    def term(match: re.Match[str]) -> str:
        if match[0] in known:
            return match[0]
        known.add(match[0])
        return f'<abbr title="{escape(GLOSSARY[match[0]])}">{match[0]}</abbr>'

    return Markup(_terms().sub(term, str(escape(text))))


def breakable(name: str) -> Markup:
    """Return a name as HTML that may be broken after each underscore."""
    return Markup("_<wbr>").join(name.split("_"))


@cache
def _terms() -> re.Pattern[str]:
    """Match a term as a whole word; the longest first, so that "top cells" precedes "cell"."""
    longest = sorted(GLOSSARY, key=len, reverse=True)
    return re.compile(rf"(?<![\w-])({'|'.join(map(re.escape, longest))})(?![\w-])")
