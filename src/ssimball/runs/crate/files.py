"""Descriptions of a run's files: media type, one sentence, and whether they show input images."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from ssimball.errors import ArtifactError
from ssimball.report.catalogue import FIGURES, PICTURES
from ssimball.report.explorer.layout import FOLDER, shows_pixels
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.storage.checksums import CHECKSUMS
from ssimball.storage.contracts.columns import network_name

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
_TEXTS = {
    "config.yaml": "The effective configuration of the run, every default filled in.",
    "answer.txt": "The answer: what fools, and where the distortion lies.",
    "answer.md": "The answer with the rows of all attacks and controls.",
    "answer.json": "The answer for programs.",
    "details.md": "Overlap of distortion and class activation map by other measures.",
    "causal.txt": "Deletion and insertion curves in words.",
    "sensitivity.txt": "How much the answer depends on choices, in words.",
    "comparison.md": "Attacks side by side: success, similarity, norms, cost.",
    CHECKSUMS: "sha256 of every file of the run; its own sha256 stands for all of them.",
}
_FIGURES = {
    **{name: shown.caption for name, shown in (FIGURES | PICTURES).items()},
    "sheet": "Contact sheet of clean and adversarial images and their maps.",
}
_EXPLORER = {
    "index.html": "its page",
    "assets": "what it has in every run",
    "images": "an image",
}


@dataclass(frozen=True)
class Description:
    """The description of a file.

    Attributes:
        encoding: media type.
        text: one sentence or more about the content.
        pixels: whether it holds input images, clean or changed.
        shard: shard whose images these are; empty: images of any shard.
    """

    encoding: str
    text: str
    pixels: bool = False
    shard: str = ""


def encoding(path: str) -> str:
    """Return the media type that belongs to the suffix of a name."""
    return ENCODINGS.get(PurePosixPath(path).suffix, "application/octet-stream")


def describe_file(path: str) -> Description:
    """Describe a file by its path in the run's folder."""
    try:
        return _describe_table(artifact_of(path))
    except ArtifactError:
        pass
    name, kind = PurePosixPath(path), encoding(path)
    if name.parts[0] == FOLDER:
        part = _EXPLORER.get(name.parts[1], "its data")
        text = f"The explorer of the run in a browser: {part}."
        return Description(kind, text, pixels=shows_pixels(path))
    figure = name.stem if name.parts[0] == "figures" else ""
    figure = "sheet" if figure.startswith("sheet_") else figure
    text = _TEXTS.get(path, _FIGURES.get(figure, "A file of the run."))
    return Description(kind, text, pixels=figure in ("sheet", *PICTURES))


def _describe_table(table: Artifact) -> Description:
    columns = table.contract.columns
    names = {
        "attack": table.attack,
        "explanation": table.explanation,
        "network": network_name(table.network_prefix),
    }
    about = ", ".join(f"{key} {name}" for key, name in names.items() if name)
    title = f"Table {table.contract.name}{f' ({about})' if about else ''}"
    listed = ", ".join(column.name for column in columns)
    text = f"{title}. One row: {table.contract.row}. Columns: {listed}."
    pixels = any(column.name.endswith("_png") for column in columns)
    return Description(encoding(table.path), text, pixels, table.shard)
