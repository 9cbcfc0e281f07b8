"""The long forms of a run on one page: its texts, and the overlap by other measures."""

from pathlib import Path

from ssimball.report.catalogue import TEXTS
from ssimball.report.text.markdown import fenced, without_markup
from ssimball.storage.regular_files import read_text


def details(run: Path) -> str:
    """Return the page as Markdown.

    Args:
        run: folder of a finished run.
    """
    parts = ["# Details of the study\n"]
    for name, heading in TEXTS.items():
        path = run / f"{name}.txt"
        if name != "answer" and path.is_file():
            parts += [f"## {heading}\n", fenced(read_text(path).rstrip())]
    other = read_text(run / "details.md")
    parts += ["## Other measures of overlap\n", without_markup(other)]
    return "\n".join(parts)
