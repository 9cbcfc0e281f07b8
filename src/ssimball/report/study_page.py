"""Write a page about a finished run.

``python -m ssimball.report.study_page results/study docs/study`` copies the printed texts, the
tables and figures across images, and the content hashes by which another run can be compared. No
image of the run is shown.
"""

import argparse
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import yaml

from ssimball.errors import ArtifactError, SsimballError
from ssimball.report.catalogue import FIGURES, FIGURES_OF, TABLES, TEXTS
from ssimball.storage.atomic import write_text
from ssimball.storage.tables import describe


def write_page(run: Path, target: Path, title: str, command: str) -> None:
    """Copy tables and figures of a run into a folder and write README.md beside them.

    Args:
        run: folder of a finished run.
        target: folder of the page; created if missing.
        title: heading of the page.
        command: the command that made the run.

    Raises:
        ArtifactError: the run has no summary.
    """
    if not (run / "summary.parquet").is_file():
        raise ArtifactError(f"{run}: there is no summary.parquet; finish the run first")
    target.mkdir(parents=True, exist_ok=True)
    parts = [f"# {title}\n"]
    parts += ["## The answer\n", (run / "answer.md").read_text(encoding="utf-8")]
    parts += _figures(run, target, "answer")
    parts += [f"Made by\n\n```sh\n{command}\n```\n", _counts(run)]
    for name, heading in TEXTS.items():
        if name != "answer" and (run / f"{name}.txt").is_file():
            text = (run / f"{name}.txt").read_text(encoding="utf-8")
            parts += [
                f"## {heading}\n",
                f"```\n{text.rstrip()}\n```\n",
                *_figures(run, target, name),
            ]
    parts += ["## All attacks\n", (run / "comparison.md").read_text(encoding="utf-8")]
    parts += _figures(run, target, "comparison")
    parts += ["## Other measures of overlap\n", (run / "details.md").read_text(encoding="utf-8")]
    parts += [_tables(run, target), _configuration(run)]
    write_text(target / "README.md", "\n".join(parts))


def _counts(run: Path) -> str:
    frame = pd.read_parquet(run / "summary.parquet")
    rates = frame[frame.measure == "fooling_rate"]
    images, attacks = int((rates.n + rates.n_missing).max()), len(rates)
    return (
        f"{images} images, {int(rates.n.max())} classified correctly; {attacks} attacks and "
        "controls. The tables are Parquet files; formats.md describes them.\n"
    )


def _figures(run: Path, target: Path, text: str) -> list[str]:
    """Copy the figures that follow a text, and return links to them."""
    lines = []
    for name in FIGURES_OF.get(text, (text,)):
        if (run / "figures" / f"{name}.png").is_file():
            for kind in ("png", "pdf"):
                shutil.copyfile(run / "figures" / f"{name}.{kind}", target / f"{name}.{kind}")
            # A table across images may have the figure's name.
            table = f"figure_{name}.parquet"
            shutil.copyfile(run / "figures" / f"{name}.parquet", target / table)
            caption = FIGURES[name].caption
            lines.append(f"![{caption}]({name}.png)\n\n*{caption}* ([numbers]({table}))\n")
    return lines


def _tables(run: Path, target: Path) -> str:
    """Copy the tables, and return a list of them with their content hashes."""
    lines = ["## Tables\n", "| table | rows | contents | content hash |", "|---|---|---|---|"]
    for name, contents in TABLES.items():
        path = run / f"{name}.parquet"
        if path.is_file():
            shutil.copyfile(path, target / path.name)
            schema = pq.read_schema(path)
            content = describe(schema, path)["content_sha256"]
            rows = pq.read_metadata(path).num_rows
            lines.append(f"| [{name}]({path.name}) | {rows} | {contents} | `{content}` |")
    return "\n".join(lines) + "\n"


def _configuration(run: Path) -> str:
    settings = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
    text = yaml.safe_dump(_without_folders(settings), sort_keys=False, width=100)
    return (
        "## Configuration\n\nWith every default filled in; paths are cut to the file name.\n\n"
        f"<details><summary>show</summary>\n\n```yaml\n{text}```\n\n</details>\n"
    )


def _without_folders(value: Any) -> Any:
    """Cut paths to the file name, because folders of one machine mean nothing on another."""
    if isinstance(value, dict):
        return {key: _without_folders(part) for key, part in value.items()}
    if isinstance(value, str) and "/" in value and "://" not in value:
        return Path(value).name
    return value


def main() -> None:
    """Run the command line of this module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("target", type=Path, help="folder of the page")
    parser.add_argument("--title", default="The study", help="heading of the page")
    parser.add_argument(
        "--command",
        default="make study DATA=path/to/folder",
        help="the command that made the run",
    )
    arguments = parser.parse_args()
    try:
        write_page(arguments.run, arguments.target, arguments.title, arguments.command)
    except SsimballError as error:
        parser.exit(1, f"ssimball: {error}\n")


if __name__ == "__main__":
    main()
