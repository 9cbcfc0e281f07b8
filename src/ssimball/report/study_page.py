"""A finished run as a page for people.

``python -m ssimball.report.study_page results/study docs/study`` writes it.
What was printed, the tables and figures across images, and the content hashes by which another run
can be compared. Nothing on it shows the images.
"""

import argparse
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import yaml

from ssimball.errors import ArtifactError, SsimballError
from ssimball.report.catalogue import BELOW, FIGURES, TABLES, WORDS
from ssimball.storage.atomic import write_text
from ssimball.storage.tables import describe


def write_page(run: Path, target: Path, title: str, command: str) -> None:
    """Copy tables and figures of a run into a folder and write README.md beside them.

    Args:
        run: folder of a finished run.
        target: folder of the page, made where it is missing.
        title: heading of the page.
        command: what the run was made with.

    Raises:
        ArtifactError: the run has no summary.
    """
    if not (run / "summary.parquet").is_file():
        raise ArtifactError(f"{run}: holds no summary.parquet; finish the run first")
    target.mkdir(parents=True, exist_ok=True)
    parts = [f"# {title}\n", f"Made by\n\n```sh\n{command}\n```\n", _facts(run)]
    for name, heading in WORDS.items():
        if (run / f"{name}.txt").is_file():
            words = (run / f"{name}.txt").read_text(encoding="utf-8")
            parts += [
                f"## {heading}\n",
                f"```\n{words.rstrip()}\n```\n",
                *_figures(run, target, name),
            ]
    parts += ["## Attacks side by side\n", (run / "comparison.md").read_text(encoding="utf-8")]
    parts += _figures(run, target, "comparison")
    parts += [_tables(run, target), _configuration(run)]
    write_text(target / "README.md", "\n".join(parts))


def _facts(run: Path) -> str:
    frame = pd.read_parquet(run / "summary.parquet")
    rates = frame[frame.metric == "fooling_rate"]
    images, attacks = int((rates.n + rates.n_missing).max()), len(rates)
    return (
        f"{images} images, of which the network knows {int(rates.n.max())}; {attacks} attacks and "
        "controls. Tables are Parquet, described in formats.md.\n"
    )


def _figures(run: Path, target: Path, words: str) -> list[str]:
    """Those that belong below what is said, copied and linked."""
    lines = []
    for name in BELOW.get(words, (words,)):
        if (run / "figures" / f"{name}.png").is_file():
            for kind in ("png", "pdf"):
                shutil.copyfile(run / "figures" / f"{name}.{kind}", target / f"{name}.{kind}")
            # A table across images may have the figure's name.
            table = f"figure_{name}.parquet"
            shutil.copyfile(run / "figures" / f"{name}.parquet", target / table)
            says = FIGURES[name]
            lines.append(f"![{says}]({name}.png)\n\n*{says}* ([numbers]({table}))\n")
    return lines


def _tables(run: Path, target: Path) -> str:
    lines = ["## Tables\n", "| table | rows | holds | content hash |", "|---|---|---|---|"]
    for name, holds in TABLES.items():
        path = run / f"{name}.parquet"
        if path.is_file():
            shutil.copyfile(path, target / path.name)
            schema = pq.read_schema(path)
            content = describe(schema, path)["content_sha256"]
            rows = pq.read_metadata(path).num_rows
            lines.append(f"| [{name}]({path.name}) | {rows} | {holds} | `{content}` |")
    return "\n".join(lines) + "\n"


def _configuration(run: Path) -> str:
    settings = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
    text = yaml.safe_dump(_without_places(settings), sort_keys=False, width=100)
    return (
        "## Configuration\n\nEvery default filled in, paths cut to the name of the file.\n\n"
        f"<details><summary>show</summary>\n\n```yaml\n{text}```\n\n</details>\n"
    )


def _without_places(value: Any) -> Any:
    """Paths to the name of the file: where it lies on one machine says nothing to others."""
    if isinstance(value, dict):
        return {key: _without_places(part) for key, part in value.items()}
    if isinstance(value, str) and "/" in value and "://" not in value:
        return Path(value).name
    return value


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="folder of a finished run")
    parser.add_argument("target", type=Path, help="folder of the page")
    parser.add_argument("--title", default="The study")
    parser.add_argument("--command", default="make study DATA=path/to/folder")
    given = parser.parse_args()
    try:
        write_page(given.run, given.target, given.title, given.command)
    except SsimballError as error:
        parser.exit(1, f"ssimball: {error}\n")


if __name__ == "__main__":
    main()
