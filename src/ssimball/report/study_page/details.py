"""The long forms of a run on one page: its texts."""

from pathlib import Path

from ssimball.report.catalogue import TEXTS
from ssimball.report.text.markdown import fenced
from ssimball.storage.regular_files import read_text

_BEGINNING = (
    "The texts of the run. Overlap by other measures (shares of top cells, other classes' CAMs, "
    "texture, centre)\nis in [summary.parquet](summary.parquet), a row for each attack and "
    "measure.\n"
)


def details(run: Path) -> str:
    """Return the page as Markdown.

    Args:
        run: folder of a finished run.
    """
    parts = ["# Details of the study\n", _BEGINNING]
    for name, heading in TEXTS.items():
        path = run / f"{name}.txt"
        if name != "answer" and path.is_file():
            parts += [f"## {heading}\n", fenced(read_text(path).rstrip())]
    return "\n".join(parts)
