"""What goes into a crate."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ssimball.runs.crate.images import InputImage
from ssimball.runs.crate.licences import Licence
from ssimball.runs.crate.provenance import Made
from ssimball.runs.crate.sources import Author
from ssimball.runs.run import Run


@dataclass(frozen=True)
class Contents:
    """What goes into a crate.

    Attributes:
        run: the finished run.
        files: its files with their sha256, the list of them included.
        root: folder of the sources; None: they are not at hand.
        copied: paths of the sources in it.
        strangers: tables that other code made.
        made: what the tables say of their origin.
        authors: of the results.
        agents: who ran the workflow, where it is said.
        licence: of what shows no input image.
        code_licence: of the sources.
        name, description, date: of the crate.
        attribution: text of ATTRIBUTION.md.
    """

    run: Run
    files: Mapping[str, str]
    root: Path | None
    copied: list[str]
    strangers: list[str]
    made: Made
    images: list[InputImage]
    authors: list[Author]
    agents: list[Author]
    licence: Licence
    code_licence: Licence
    name: str
    description: str
    date: str
    attribution: str
