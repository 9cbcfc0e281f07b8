"""Make every file of the explorer."""

from collections.abc import Iterator
from pathlib import Path

from ssimball.report.explorer.data_scripts import data_script
from ssimball.report.explorer.datatables import datatables_files
from ssimball.report.explorer.layout import FOLDER, PAGES, STATIC, explorer_files, scripts, styles
from ssimball.report.explorer.overlap_values import OverlapValues
from ssimball.report.explorer.page import page_html
from ssimball.report.explorer.pages import data_pages
from ssimball.report.explorer.pictures import picture_scripts
from ssimball.report.explorer.run_data import run_data
from ssimball.report.explorer.run_tables import RunTables
from ssimball.storage.atomic import write_bytes
from ssimball.storage.contracts.overlap import OVERLAP


def explorer_contents(run: RunTables) -> Iterator[tuple[str, bytes]]:
    """Make every file of the explorer, with the pictures of one image in memory at a time.

    Args:
        run: the tables of the run.

    Yields:
        Path in the folder of the run, and content.
    """
    for name in PAGES:
        yield f"{FOLDER}/{name}", page_html(run, name).encode()
    for name in (*scripts(), *styles()):
        yield f"{FOLDER}/assets/{name}", (STATIC / name).read_bytes()
    for name, text in datatables_files():
        yield f"{FOLDER}/assets/{name}", text.encode()
    yield from explorer_data(run)


def explorer_data(run: RunTables) -> Iterator[tuple[str, bytes]]:
    """Make the files that hold the data of the run's tables.

    Args:
        run: the tables of the run.

    Yields:
        Path in the folder of the run, and content.
    """
    overlap = OverlapValues(run.folder / OVERLAP.path, run.images, run.attacks)
    yield f"{FOLDER}/data/run.js", data_script("run", run_data(run, overlap)).encode()
    for name, text in data_pages(run, overlap):
        yield f"{FOLDER}/{name}", text.encode()
    for name, content in picture_scripts(run, run.stage.pictures):
        yield f"{FOLDER}/{name}", content


def write_explorer(run: RunTables, target: Path, contents: Iterator[tuple[str, bytes]]) -> None:
    """Write the files of an explorer, and delete files of an earlier one.

    Args:
        run: the tables of the run.
        target: folder of the run to write to.
        contents: from :func:`explorer_contents`, which may be wrapped in a progress bar.
    """
    for name, content in contents:
        write_bytes(target / name, content, target)
    expected = {target / name for name in explorer_files(len(run.images), run.stage.pictures)}
    for path in (target / FOLDER).rglob("*"):
        if path.is_file() and path not in expected:
            path.unlink()
