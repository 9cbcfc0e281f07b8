"""Reads from README and pages what people are told to type, step by step."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .tables import DRY, NOT_DRY, PAGES, ROOT, RUN_PYTHON, SUBSTITUTIONS

FILE = re.compile(r"# (my/\S+)$", re.MULTILINE)
_FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """``kind``: ``sh``, ``python``, ``diff`` or ``file``."""

    page: str
    kind: str
    text: str

    @property
    def substituted(self) -> str:
        text = self.text
        for old, new in SUBSTITUTIONS:
            text = re.sub(old, new, text)
        return text

    @property
    def dry(self) -> bool:
        return any(part in self.text for part in DRY) and not self.text.startswith(NOT_DRY)


def fences(page: str) -> list[tuple[str, str]]:
    """Language and content."""
    return _FENCE.findall((ROOT / page).read_text(encoding="utf-8"))


def commands(block: str) -> Iterator[str]:
    """Commands of a fence, each with its continuations or its here-document, without comments."""
    lines = iter(block.splitlines())
    for line in lines:
        here = re.search(r"<<'(\w+)'$", line)
        while here and line.splitlines()[-1] != here[1]:
            line += "\n" + next(lines)
        while line.endswith("\\"):
            line = line[:-1] + next(lines).lstrip()
        yield line if here else re.sub(r"\s+#.*$", "", line)


def steps(page: str) -> Iterator[Step]:
    """What is done with a page, in its order."""
    for language, content in fences(page):
        if language == "sh":
            for command in commands(content):
                yield Step(page, "sh", command)
        elif FILE.match(content):
            yield Step(page, "file", content)
        elif language == "diff" or (language == "python" and page in RUN_PYTHON):
            yield Step(page, language, content)


def all_pages() -> list[str]:
    found = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    return [path.relative_to(ROOT).as_posix() for path in found]


def everything() -> list[Step]:
    return [step for page in PAGES for step in steps(page)]
