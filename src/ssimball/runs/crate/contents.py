"""The contents of a crate, collected before any of it is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ssimball.runs.crate.images import InputImage
from ssimball.runs.crate.licences import Licence
from ssimball.runs.crate.provenance import RunProvenance
from ssimball.runs.crate.sources import Author
from ssimball.runs.run import Run


@dataclass(frozen=True)
class Code:
    """The sources that go into a crate.

    Attributes:
        root: folder of the sources; None: only the package is installed.
        files: paths of the sources, relative to that folder.
        licence: licence of the code.
        unknown_origin: tables that other code made than these sources.
    """

    root: Path | None
    files: list[str]
    licence: Licence
    unknown_origin: list[str]


@dataclass(frozen=True)
class Publication:
    """What is stated about a crate as a whole.

    Attributes:
        name, description: of the crate.
        date: date of publication, ISO 8601.
        authors: authors of the results.
        agents: who ran the workflow, where that is stated.
        licence: licence of all files that show no input image.
    """

    name: str
    description: str
    date: str
    authors: list[Author]
    agents: list[Author]
    licence: Licence


@dataclass(frozen=True)
class Contents:
    """Everything that goes into a crate.

    Attributes:
        run: the finished run.
        files: sha256 of each file of the run, by path, the list of checksums included.
        images: input images of the run.
        provenance: software, devices and networks that the tables record.
        code: sources of the workflow.
        publication: statements about the crate as a whole.
        attribution: text of ATTRIBUTION.md.
    """

    run: Run
    files: Mapping[str, str]
    images: list[InputImage]
    provenance: RunProvenance
    code: Code
    publication: Publication
    attribution: str

    @property
    def tables(self) -> list[str]:
        """Paths of the run's tables."""
        return [path for path in self.files if path.endswith(".parquet")]
