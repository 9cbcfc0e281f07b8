"""Quote the answer of a run in a text file, so that no number is typed by hand.

``python -m ssimball.report.study_page.quote README.md docs/study/answer.json`` fills the block of
code after the line ``<!-- docs/study/answer.json -->``.
"""

import argparse
import re
from pathlib import Path

from ssimball.errors import ArtifactError, SsimballError
from ssimball.report.answer.page import read_answer
from ssimball.report.answer.text import answer_text
from ssimball.storage.atomic import write_text


def with_answer(text: str, mark: str, answer: str) -> str:
    """Return a text with an answer in the block of code after a mark.

    Args:
        text: Markdown.
        mark: what the comment before the block says.
        answer: what the block is to hold, with a newline at the end.

    Raises:
        ArtifactError: there is no such block.
    """
    start = f"<!-- {mark} -->\n\n```text\n"
    found = re.subn(
        rf"(?s){re.escape(start)}.*?```\n", lambda _: f"{start}{answer}```\n", text, count=1
    )
    if found[1] == 0:
        raise ArtifactError(f"there is no block ```text after a line <!-- {mark} -->")
    return found[0]


def main() -> None:
    """Run the command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", type=Path, help="Markdown file with the mark")
    parser.add_argument("answer", type=Path, help="answer.json, as the mark names it")
    given = parser.parse_args()
    try:
        answer = answer_text(read_answer(given.answer))
        text = given.text.read_text(encoding="utf-8")
        write_text(given.text, with_answer(text, given.answer.as_posix(), answer))
    except SsimballError as error:
        parser.exit(1, f"ssimball: {given.text}: {error}\n")


if __name__ == "__main__":
    main()
