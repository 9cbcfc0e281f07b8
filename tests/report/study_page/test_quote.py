"""The answer of a run quoted in a text, and the page and the README of this project."""

from pathlib import Path

import pytest

from ssimball.errors import ArtifactError
from ssimball.report.answer.page import findings_markdown, read_answer
from ssimball.report.answer.text import answer_text
from ssimball.report.study_page.page import LINES
from ssimball.report.study_page.quote import with_answer

ROOT = Path(__file__).parents[3]
STUDY = "docs/study/answer.json"


def test_only_the_block_after_the_mark_is_replaced():
    before, mark = "```text\nother\n```\n\n", "<!-- a.json -->\n\n"
    text = f"{before}{mark}```text\nold\n\\1\n```\n\nEnd.\n"
    expected = f"{before}{mark}```text\nnew \\1\n```\n\nEnd.\n"
    assert with_answer(text, "a.json", "new \\1\n") == expected
    with pytest.raises(ArtifactError, match=r"after a line <!-- b\.json -->"):
        with_answer(text, "b.json", "new\n")


def test_the_readme_quotes_the_answer_of_the_study():
    readme = (ROOT / "README.md").read_text()
    assert readme == with_answer(readme, STUDY, answer_text(read_answer(ROOT / STUDY)))


def test_the_page_of_the_study_is_short_and_tells_the_answer_that_is_beside_it():
    page = (ROOT / "docs" / "study" / "README.md").read_text()
    assert len(page.splitlines()) <= LINES
    assert page.split("\n", 2)[2].startswith(findings_markdown(read_answer(ROOT / STUDY)))
