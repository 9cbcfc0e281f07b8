"""Write a page about a finished run: the answer and the main figure first.

``python -m ssimball.report.study_page.page results/study docs/study`` writes README.md, of at most
200 lines, with the figures and tables across images. Long forms go to details.md and config.yaml
beside it and, with ``--pilot``, a comparison with an earlier pilot to pilot.md. No image of the run
is shown, and no path of the machine.
"""

import argparse
from pathlib import Path

from ssimball.errors import SsimballError
from ssimball.report.answer.page import findings_markdown, read_answer, rows_markdown
from ssimball.report.catalogue import FIGURES
from ssimball.report.study_page.columns import with_columns
from ssimball.report.study_page.copies import copy_configuration, copy_figure, copy_tables
from ssimball.report.study_page.details import details
from ssimball.report.study_page.pilot import pilot_page
from ssimball.report.text.markdown import without_markup
from ssimball.storage.atomic import copy_file, write_text
from ssimball.storage.regular_files import read_text, require_plain

#: Lines of the longest page.
LINES = 200
#: The figure that belongs to the answer.
_MAIN = "evidence"
_CHOICES = (
    "**Choices made after looking.** The ball's cap tau, and its bound on mean SSIM in place of "
    "one in each window, were chosen on photographs whose overlap was known (docs/limits.md). A "
    "confirmation needs others.\n"
)

#: The columns of comparison.md that the answer's table has not and a reader of the page needs.
_SHOWN = ("attack", "smallest local SSIM", "l2", "l∞ × 255", "gradients", "seconds (median)")
_OTHER_COLUMNS = (
    "## Attacks and controls\n\nMeans over images; `summary` has other norms and similarities.\n"
)


def write_page(run: Path, target: Path, title: str, command: str, pilot: Path | None) -> None:
    """Copy tables and figures of a run into a folder and write README.md beside them.

    Args:
        run: folder of a finished run.
        target: folder of the page; created if missing.
        title: heading of the page.
        command: the command that made the run.
        pilot: file of a pilot's numbers, to be set beside those of the run; None for none.

    Raises:
        ArtifactError: the run has no answer or no table, or a query of the pilot does not fit it.
    """
    require_plain(run)
    answer = read_answer(run / "answer.json")
    beside = {"details.md": "the texts of the run: curves and the sensitivity sweep"}
    write_text(target / "details.md", details(run), target)
    if pilot is not None:
        beside["pilot.md"] = "the numbers of an earlier pilot, set beside these"
        write_text(target / "pilot.md", pilot_page(run, pilot), target)
    copy_file(run / "answer.json", target / "answer.json", target)
    beside["answer.json"] = "the answer for programs"
    copy_configuration(run, target)
    beside["config.yaml"] = "every setting; paths are cut to the file name"
    parts = [
        f"# {title}\n",
        without_markup(findings_markdown(answer)),
        copy_figure(run, target, _MAIN),
        without_markup(rows_markdown(answer)),
        *([_CHOICES] if answer.default_ball else []),
        f"Made by `{command}`.\n",
        "## Figures\n",
        *(copy_figure(run, target, name) for name in FIGURES if name != _MAIN),
        _OTHER_COLUMNS,
        without_markup(with_columns(read_text(run / "comparison.md"), _SHOWN)),
        copy_tables(run, target),
        "Beside this page:\n",
        "\n".join(f"- [{name}]({name}): {what}" for name, what in beside.items()) + "\n",
    ]
    write_text(target / "README.md", "\n".join(part for part in parts if part), target)


def main() -> None:
    """Run the command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("target", type=Path, help="folder of the page")
    parser.add_argument("--title", default="The study", help="heading of the page")
    parser.add_argument("--pilot", type=Path, help="YAML file of a pilot's numbers")
    parser.add_argument(
        "--command",
        default="make study DATA=path/to/folder",
        help="the command that made the run",
    )
    given = parser.parse_args()
    try:
        write_page(given.run, given.target, given.title, given.command, given.pilot)
    except (SsimballError, OSError) as error:
        parser.exit(1, f"ssimball: {error}\n")


if __name__ == "__main__":
    main()
