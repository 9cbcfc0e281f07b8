"""What a page copies from a run: figures, tables and the configuration."""

from pathlib import Path
from typing import Any

import yaml

from ssimball.config.files import read_settings
from ssimball.report.catalogue import FIGURES, TABLES
from ssimball.storage.atomic import copy_file, write_text
from ssimball.storage.parquet_files import count_rows, read_schema
from ssimball.storage.tables import describe


def copy_figure(run: Path, target: Path, name: str) -> str:
    """Copy a figure with the table of its numbers, and return a link to it.

    Args:
        run: folder of the run.
        target: folder of the page.
        name: a figure of :data:`ssimball.report.catalogue.FIGURES`.

    Returns:
        Markdown; empty where the run has no such figure, or nothing to show in it.
    """
    numbers = run / "figures" / f"{name}.parquet"
    if not numbers.is_file() or count_rows(numbers) == 0:
        return ""
    for kind in ("png", "pdf"):
        copy_file(run / "figures" / f"{name}.{kind}", target / f"{name}.{kind}", target)
    # A table across images may have the figure's name.
    table = f"figure_{name}.parquet"
    copy_file(numbers, target / table, target)
    title, caption = FIGURES[name]
    links = f"[PDF]({name}.pdf), [numbers]({table})"
    return f"![{title}]({name}.png)\n\n*{title}.* {caption} ({links})\n"


def copy_tables(run: Path, target: Path) -> str:
    """Copy the tables across images, and return a list of them with their content hashes."""
    lines = [
        "## Tables\n",
        "Parquet files; docs/formats.md describes their columns.\n",
        "| table | contents | content hash |",
        "|---|---|---|",
    ]
    for name, contents in TABLES.items():
        path = run / f"{name}.parquet"
        if path.is_file():
            copy_file(path, target / path.name, target)
            content = describe(read_schema(path), path)["content_sha256"]
            lines.append(f"| [{name}]({path.name}) | {contents} | `{content}` |")
    return "\n".join(lines) + "\n"


def copy_configuration(run: Path, target: Path) -> None:
    """Copy the configuration, with every default filled in and without folders."""
    settings = read_settings(run / "config.yaml", aliases=False)
    text = yaml.safe_dump(_without_folders(settings), sort_keys=False, width=100)
    write_text(target / "config.yaml", text, target)


def _without_folders(value: Any) -> Any:
    """Cut paths to the file name, because folders of one machine mean nothing on another."""
    if isinstance(value, dict):
        return {key: _without_folders(part) for key, part in value.items()}
    if isinstance(value, str) and "/" in value and "://" not in value:
        return Path(value).name
    return value
