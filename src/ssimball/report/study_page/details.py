"""The long forms of a run on one page: its texts, and the overlap by other measures."""

from pathlib import Path

from ssimball.report.catalogue import TEXTS


def details(run: Path) -> str:
    """Return the page as Markdown.

    Args:
        run: folder of a finished run.
    """
    parts = ["# Details of the study\n"]
    for name, heading in TEXTS.items():
        path = run / f"{name}.txt"
        if name != "answer" and path.is_file():
            text = path.read_text(encoding="utf-8").rstrip()
            parts += [f"## {heading}\n", f"```text\n{text}\n```\n"]
    other = (run / "details.md").read_text(encoding="utf-8")
    parts += ["## Other measures of overlap\n", other]
    return "\n".join(parts)
