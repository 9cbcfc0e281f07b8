"""The files of the explorer, known from the configuration before the run."""

import hashlib
import re
from pathlib import Path

FOLDER = "report"
#: Images per page of data. The browser loads a page when one of its images is opened.
PAGE_IMAGES = 100
SOURCES = Path(__file__).resolve().parent
TEMPLATES, STATIC = SOURCES / "templates", SOURCES / "static"
#: The explorer, and two of them side by side.
PAGES = ("index.html", "side.html")
#: Copied from the package itables, see :mod:`ssimball.report.explorer.datatables`.
DATATABLES = ("datatables.js", "datatables.css", "datatables_licence.txt")


def explorer_files(images: int, pictures: int) -> list[str]:
    """Return the paths of all files in the folder of the run.

    Args:
        images: number of images in the run.
        pictures: how many images, the first of the subset, are shown with pictures at most.
    """
    names = [*PAGES, "data/run.js", *assets()]
    for page in pages_of(images):
        names += page_files(page)
    for position in range(min(images, pictures)):
        names += picture_files(position)
    return [f"{FOLDER}/{name}" for name in names]


def assets() -> list[str]:
    """Return the files that are the same in every explorer: scripts, style sheets and licences."""
    return [f"assets/{name}" for name in (*scripts(), *styles(), *DATATABLES)]


def scripts() -> list[str]:
    """Return the names of all scripts; the pages load theirs in this order."""
    return sorted(path.name for path in STATIC.glob("*.js"))


def styles() -> list[str]:
    """Return the names of the style sheets in the order in which the page loads them."""
    return sorted(path.name for path in STATIC.glob("*.css"))


def pages_of(images: int) -> range:
    """Return the numbers of the pages in a run of so many images."""
    return range(-(-images // PAGE_IMAGES))


def page_files(page: int) -> tuple[str, str]:
    """Return the files of a page: its rows of the list, and all numbers of its images."""
    return f"data/rows/{page:04d}.js", f"data/numbers/{page:04d}.js"


def picture_files(position: int) -> tuple[str, str]:
    """Return the files of the image at a position of the subset: its pictures, and a thumbnail."""
    return f"images/{position:05d}.js", f"images/{position:05d}.jpg"


def shows_pixels(path: str) -> bool:
    """Return whether a file, by its path in the run's folder, shows an image of the run."""
    return re.match(f"{FOLDER}/images/", path) is not None


def sources_sha256() -> str:
    """Return the hex sha256 of templates, style sheets and scripts.

    Fingerprints of code do not cover them.
    """
    digest = hashlib.sha256()
    for path in sorted([*TEMPLATES.iterdir(), *STATIC.iterdir()]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
