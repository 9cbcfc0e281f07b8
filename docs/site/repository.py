"""A hook of MkDocs: links from a page to a file of the repository outside docs/ work in the site.

On GitHub such links are relative. In the site a Markdown file becomes a page of its own, any other
file a page that shows its text, under the same path; a link to a folder or to a file that is no
text becomes plain text.
"""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files, InclusionLevel

ROOT = Path(__file__).resolve().parents[2]
#: Target of a link or image of Markdown, and its anchor.
_LINK = re.compile(r"(?P<text>\[[^\]]*\])\((?P<path>[^)\s:#]+)(?P<anchor>#[^)\s]*)?\)")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Called by MkDocs once: add pages of what is linked to, and of what the navigation names."""
    wanted = {path for path in _in_nav(config.nav) if not files.get_file_from_path(path)}
    pages = [file for file in files if file.is_documentation_page()]
    for file in pages:
        for link in _LINK.finditer(Path(str(file.abs_src_path)).read_text(encoding="utf-8")):
            path = _outside(file.src_uri, link["path"])
            if path and _is_text(ROOT / path):
                wanted.add(path)
    for path in sorted(wanted):
        if (ROOT / path).is_file():
            files.append(_page(path, config))
    return files


def on_page_markdown(markdown: str, *, page: Any, **_: Any) -> str:
    """Called by MkDocs with the text of every page: links out of docs/ lead to their pages."""
    here = page.file.src_uri
    if page.file.generated_by:  # a listing, or a page whose links are relative to another place
        return markdown

    def inside(link: re.Match[str]) -> str:
        path = _outside(here, link["path"])
        if path is None:
            return link[0]
        if (ROOT / path).exists() and not _is_text(ROOT / path):
            return link["text"][1:-1]
        target = posixpath.relpath(_name(path), posixpath.dirname(here) or ".")
        return f"{link['text']}({target}{link['anchor'] or ''})"

    return _LINK.sub(inside, markdown)


def _outside(page: str, target: str) -> str | None:
    """Path in the repository of what a page of docs/ links to, where that is not in docs/."""
    path = posixpath.normpath(posixpath.join("docs", posixpath.dirname(page), target))
    return None if path.startswith(("docs/", "..")) else path


def _is_text(path: Path) -> bool:
    return path.is_file() and b"\0" not in path.read_bytes()


def _name(path: str) -> str:
    """Of the page that shows a file."""
    return path if path.endswith(".md") else f"{path}.md"


def _page(path: str, config: MkDocsConfig) -> File:
    text = (ROOT / path).read_text(encoding="utf-8")
    if path.endswith(".md"):
        text = _LINK.sub(lambda link: _from_outside(path, link), text)
    else:
        kind = Path(path).suffix.removeprefix(".")
        # A search would find little else than such listings.
        text = f"---\nsearch: {{exclude: true}}\n---\n# {path}\n\n````{kind}\n{text}\n````\n"
    return File.generated(config, _name(path), content=text, inclusion=InclusionLevel.NOT_IN_NAV)


def _from_outside(page: str, link: re.Match[str]) -> str:
    """Link of a page outside docs/ as it must be in the site, where docs/ is the root."""
    folder = posixpath.dirname(page)
    path = posixpath.normpath(posixpath.join(folder, link["path"]))
    if not path.endswith(".md"):
        return link[0] if link["path"].endswith((".png", ".svg")) else link["text"][1:-1]
    target = posixpath.relpath(path.removeprefix("docs/"), folder or ".")
    return f"{link['text']}({target}{link['anchor'] or ''})"


def _in_nav(nav: Any) -> set[str]:
    if isinstance(nav, str):
        return {nav}
    if isinstance(nav, dict):
        return set().union(*map(_in_nav, nav.values()))
    return set().union(*map(_in_nav, nav or []))
