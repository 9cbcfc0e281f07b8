"""What a file of a run is: its kind, a sentence about it, and whether it shows the input images."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from ssimball.errors import ArtifactError
from ssimball.report.catalogue import FIGURES
from ssimball.report.explorer.layout import FOLDER, shows_pixels
from ssimball.runs.layout import artifact_of
from ssimball.storage.checksums import CHECKSUMS

ENCODINGS = {
    ".css": "text/css",
    ".html": "text/html",
    ".jpg": "image/jpeg",
    ".js": "text/javascript",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".yaml": "application/yaml",
    ".json": "application/json",
    ".md": "text/markdown",
    ".txt": "text/plain",
    ".sha256": "text/plain",
}
_WORDS = {
    "config.yaml": "The effective configuration of the run, every default filled in.",
    "answer.txt": "Overlap of distortion and class activation map by attack, and the verdict.",
    "causal.txt": "The causal test in words.",
    "sensitivity.txt": "How much the answer hangs on choices, in words.",
    "comparison.md": "Attacks side by side: success, similarity, norms, cost.",
    CHECKSUMS: "sha256 of every file of the run; its own sha256 stands for all of them.",
}
_FIGURES = {
    **FIGURES,
    "sheet": "Contact sheet of clean and adversarial images and their maps.",
}


@dataclass(frozen=True)
class Described:
    """Of a file: media type, what it is, and whose pixels it holds.

    Attributes:
        pixels: whether it holds images, clean or changed.
        shard: the shard they are of; empty: of any.
    """

    encoding: str
    description: str
    pixels: bool = False
    shard: str = ""


def encoding(path: str) -> str:
    """Media type by the end of a name."""
    return ENCODINGS.get(PurePosixPath(path).suffix, "application/octet-stream")


def described(path: str) -> Described:
    """What is known of a file by its path in the run's folder."""
    name, kind = PurePosixPath(path), encoding(path)
    try:
        one = artifact_of(path)
    except ArtifactError:
        if name.parts[0] == FOLDER:
            return Described(kind, _explorer(name), pixels=shows_pixels(path))
        figure = name.stem.partition("_")[0] if name.parts[0] == "figures" else ""
        words = _WORDS.get(path, _FIGURES.get(figure, "A file of the run."))
        return Described(kind, words, pixels=figure == "sheet")
    columns = ", ".join(column.name for column in one.contract.columns)
    about = [f"attack {one.attack}"] if one.attack else []
    about += [f"explanation {one.explanation}"] if one.explanation else []
    about += [f"network {one.place.split('/')[1]}"] if one.place else []
    words = f"Table {one.contract.name}{_in_brackets(about)}. One row: {one.contract.row}."
    pixels = any(column.name.endswith("_png") for column in one.contract.columns)
    return Described(kind, f"{words} Columns: {columns}.", pixels, one.shard)


def _explorer(name: PurePosixPath) -> str:
    words = {"index.html": "its page", "assets": "what it has in every run", "images": "an image"}
    return f"The explorer of the run in a browser: {words.get(name.parts[1], 'its data')}."


def _in_brackets(words: list[str]) -> str:
    return f" ({', '.join(words)})" if words else ""
