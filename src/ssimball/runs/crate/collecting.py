"""The collection of a crate's contents from a finished run, with a check of the run's files."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssimball.config.study import effective
from ssimball.errors import ArtifactError
from ssimball.report.answer.page import read_answer
from ssimball.report.answer.sentences import findings
from ssimball.runs.crate.attribution import attribution
from ssimball.runs.crate.contents import Code, Contents, Publication
from ssimball.runs.crate.images import InputImage, input_images, warnings
from ssimball.runs.crate.licences import licence
from ssimball.runs.crate.provenance import provenance_of
from ssimball.runs.crate.sources import Author, Sources
from ssimball.runs.opening import CONFIG
from ssimball.runs.run import Run
from ssimball.storage.checksums import CHECKSUMS


@dataclass(frozen=True)
class Given:
    """What the publisher of a run states; None: what the sources state.

    Attributes:
        date: date of publication, ISO 8601.
        name: name of the crate.
        licence: licence of the results: a URL, a short name or an SPDX identifier.
        authors: names of the authors of the results.
    """

    date: str
    name: str | None = None
    licence: str | None = None
    authors: Sequence[str] | None = None


def collect(
    folder: Path, given: Given, sources: Sources | None = None
) -> tuple[Contents, list[str]]:
    """Read a run, and check that its files are those that it lists.

    Args:
        folder: results folder of the run.
        given: what the publisher states.
        sources: sources of the workflow; None: those at hand.

    Returns:
        The contents of the crate, and warnings for whoever shares it.

    Raises:
        ArtifactError: the run is not finished, or a file is missing or was changed.
    """
    run, sources = Run(folder), sources or Sources()
    files = _files(run)
    tables = [path for path in files if path.endswith(".parquet")]
    images = input_images(run, licence(sources.licence), sources.authors[0].name)
    code = _code(run, sources, tables)
    image_warnings = warnings(images)
    contents = Contents(
        run=run,
        files=files,
        images=images,
        provenance=provenance_of(run, tables),
        code=code,
        publication=_publication(run, images, given, sources),
        attribution=attribution(images, run.study.run, image_warnings),
    )
    places = _place_warnings(effective(run.study))
    return contents, [*image_warnings, *_code_warnings(code, len(tables)), *places]


def _code(run: Run, sources: Sources, tables: list[str]) -> Code:
    return Code(
        root=sources.root,
        files=list(sources.files()),
        licence=licence(sources.licence),
        unknown_origin=[] if sources.root is None else sources.unknown_origin(run, tables),
    )


def _publication(
    run: Run, images: Sequence[InputImage], given: Given, sources: Sources
) -> Publication:
    authors = [Author(name, person=True) for name in given.authors or ()]
    return Publication(
        name=given.name or f"ssimball run {run.study.run}",
        description=_description(run, images),
        date=given.date,
        authors=authors or sources.authors,
        agents=authors,
        licence=licence(given.licence or sources.licence),
    )


def _code_warnings(code: Code, tables: int) -> Iterator[str]:
    if code.root is None:
        yield "the sources of the workflow are not at hand; the crate does not hold them"
    elif code.unknown_origin:
        yield (
            f"the sources at hand did not make {len(code.unknown_origin)} of {tables} tables, such "
            f"as {code.unknown_origin[0]}; the crate states that. Export the run with the sources "
            "that made it"
        )


def _place_warnings(settings: Mapping[str, Any]) -> Iterator[str]:
    keys = list(_absolute(settings))
    if keys:
        yield (
            f"{CONFIG} names folders of this machine under {', '.join(keys)}, which the crate "
            "shows. To avoid that, give paths relative to the project's folder and run again: no "
            "result depends on them"
        )


def _absolute(value: Any, key: str = "") -> Iterator[str]:
    """Yield the keys of settings that are absolute paths, or begin at a user's folder."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield from _absolute(part, f"{key}.{name}" if key else name)
    elif isinstance(value, str) and value.startswith(("/", "~")):
        yield key


def _files(run: Run) -> dict[str, str]:
    """Return the sha256 of each file of the run, the list of checksums included."""
    for path, sha256 in run.checksums.items():
        if not (run.folder / path).is_file():
            raise ArtifactError(
                f"{run.folder / path}: no such file, but {CHECKSUMS} lists it; restore the file, "
                "or run the workflow again"
            )
        if run.sha256(path) != sha256:
            raise ArtifactError(
                f"{run.folder / path}: is not the file that {CHECKSUMS} lists; audit the run"
            )
    return {**run.checksums, CHECKSUMS: run.sha256(CHECKSUMS)}


def _description(run: Run, images: Sequence[InputImage]) -> str:
    """Describe what was done, and quote the answer."""
    study = run.study
    question = (
        f"{len(images)} images, {len(study.attacks)} attacks and controls on {study.model.name}: "
        "do imperceptible adversarial perturbations change the parts of an image that matter for "
        "classification?"
    )
    return f"{question} {_findings(run.folder / 'answer.json')}".strip()


def _findings(path: Path) -> str:
    """Return the findings of the answer on one line; empty where there is no answer."""
    if not path.is_file():
        return ""
    found = findings(read_answer(path))
    return " ".join(f"{finding.label}: {finding.sentence}." for finding in found)
