"""All of the explorer, file by file."""

from collections.abc import Iterator
from pathlib import Path

from ssimball.report.explorer.datatables import datatables_files
from ssimball.report.explorer.layout import FOLDER, STATIC, explorer_files, scripts, styles
from ssimball.report.explorer.overlap_values import OverlapValues
from ssimball.report.explorer.page import index_html
from ssimball.report.explorer.pages import data_pages
from ssimball.report.explorer.pictures import picture_scripts
from ssimball.report.explorer.run_data import run_data
from ssimball.report.explorer.scripted import data_script
from ssimball.report.explorer.shown import Shown
from ssimball.storage.atomic import write_bytes
from ssimball.storage.contracts.overlap import OVERLAP


def explorer_contents(shown: Shown) -> Iterator[tuple[str, bytes]]:
    """Path in the folder of the run and content of every file; one image in memory at a time."""
    yield f"{FOLDER}/index.html", index_html(shown).encode()
    for name in (*scripts(), *styles()):
        yield f"{FOLDER}/assets/{name}", (STATIC / name).read_bytes()
    for name, text in datatables_files():
        yield f"{FOLDER}/assets/{name}", text.encode()
    yield from explorer_data(shown)


def explorer_data(shown: Shown) -> Iterator[tuple[str, bytes]]:
    """Of these, what is made of the run's tables image by image."""
    overlap = OverlapValues(shown.folder / OVERLAP.path, shown.images, shown.attacks)
    yield f"{FOLDER}/data/run.js", data_script("run", run_data(shown, overlap)).encode()
    for name, text in data_pages(shown, overlap):
        yield f"{FOLDER}/{name}", text.encode()
    for name, content in picture_scripts(shown, shown.stage.pictures):
        yield f"{FOLDER}/{name}", content


def write_explorer(shown: Shown, target: Path, contents: Iterator[tuple[str, bytes]]) -> None:
    """Write the files below a folder, and take away what an earlier explorer left there.

    Args:
        contents: of :func:`explorer_contents`, which may be passed through a progress bar.
    """
    for name, content in contents:
        write_bytes(target / name, content)
    kept = {target / name for name in explorer_files(len(shown.images), shown.stage.pictures)}
    for path in (target / FOLDER).rglob("*"):
        if path.is_file() and path not in kept:
            path.unlink()
