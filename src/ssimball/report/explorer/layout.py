"""Which files the explorer of a run has; known before the run, from its configuration alone."""

import hashlib
import re
from pathlib import Path

FOLDER = "report"
#: Images on a page of numbers, which the browser loads when one of its images is opened, and the
#: most pages there are: Snakemake keeps account of every file.
_PAGE, _PAGES = 100, 100
SOURCES = Path(__file__).resolve().parent
TEMPLATES, STATIC = SOURCES / "templates", SOURCES / "static"
#: Copied from the package itables, see :mod:`ssimball.report.explorer.datatables`.
DATATABLES = ("datatables.js", "datatables.css", "datatables_licence.txt")


def explorer_files(images: int, pictures: int) -> list[str]:
    """Paths of all its files in the folder of the run.

    Args:
        images: of the run.
        pictures: how many of them, at most, are shown as pictures: the first of the subset.
    """
    pages = [one for page in pages_of(images) for one in page_files(page)]
    shown = [one for place in range(min(images, pictures)) for one in picture_files(place)]
    parts = ["index.html", "data/run.js", *assets(), *pages, *shown]
    return [f"{FOLDER}/{part}" for part in parts]


def assets() -> list[str]:
    """What every explorer has alike, beside its data."""
    return [f"assets/{name}" for name in (*scripts(), *styles(), *DATATABLES)]


def scripts() -> list[str]:
    """Scripts in the order in which the page loads them, which is that of their names."""
    return sorted(path.name for path in STATIC.glob("*.js"))


def styles() -> list[str]:
    """Style sheets, likewise."""
    return sorted(path.name for path in STATIC.glob("*.css"))


def page_size(images: int) -> int:
    """Images on a page where there are so many."""
    return max(_PAGE, -(-images // _PAGES))


def pages_of(images: int) -> range:
    """Numbers of the pages that so many images fill."""
    return range(-(-images // page_size(images)))


def page_files(page: int) -> tuple[str, str]:
    """A page's rows of the list, and all numbers of its images, within the explorer's folder."""
    return f"data/rows/{page:04d}.js", f"data/numbers/{page:04d}.js"


def picture_files(place: int) -> tuple[str, str]:
    """Pictures of the image at a place of the subset, and a small one for the list."""
    return f"images/{place:05d}.js", f"images/{place:05d}.jpg"


def shows_pixels(path: str) -> bool:
    """Whether a file, by its path in the run's folder, shows an image of the run."""
    return re.match(f"{FOLDER}/images/", path) is not None


def sources_sha256() -> str:
    """Hex sha256 of templates, style sheets and scripts, which no fingerprint of code covers."""
    digest = hashlib.sha256()
    for path in sorted([*TEMPLATES.iterdir(), *STATIC.iterdir()]):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
