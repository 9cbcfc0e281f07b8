"""What a crate is made of, read from a finished run and checked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssimball.errors import ArtifactError
from ssimball.runs.crate.attribution import attribution
from ssimball.runs.crate.contents import Contents
from ssimball.runs.crate.images import InputImage, input_images, warnings
from ssimball.runs.crate.licences import licence
from ssimball.runs.crate.provenance import made
from ssimball.runs.crate.sources import Author, Sources
from ssimball.runs.run import Run
from ssimball.storage.checksums import CHECKSUMS

_VERDICT = "Verdict."


@dataclass(frozen=True)
class Given:
    """What whoever publishes a run says of it; None: what the sources say."""

    date: str
    name: str | None = None
    licence: str | None = None
    authors: Sequence[str] | None = None


def collect(
    folder: Path, given: Given, sources: Sources | None = None
) -> tuple[Contents, list[str]]:
    """Read a run, and check that its files are those it lists.

    Returns:
        What goes into the crate, and what whoever shares it should know.

    Raises:
        ArtifactError: the run is not finished, or a file is missing or was changed.
    """
    run, sources = Run(folder), sources or Sources()
    files = _files(run)
    tables = [path for path in files if path.endswith(".parquet")]
    images = input_images(run, licence(sources.licence), sources.authors[0].name)
    strangers = sources.strangers(run, tables) if sources.root is not None else []
    told = warnings(images)
    contents = Contents(
        run=run,
        files=files,
        strangers=strangers,
        made=made(run, tables),
        images=images,
        description=_description(run, images),
        attribution=attribution(images, run.study.run, told),
        **_said(given, sources, run.study.run),
    )
    return contents, [*told, *_of_sources(sources, strangers, len(tables))]


def _said(given: Given, sources: Sources, run: str) -> dict[str, Any]:
    """Of the contents, what is said by who publishes or else by the sources."""
    authors = [Author(name, person=True) for name in given.authors or ()]
    return {
        "root": sources.root,
        "copied": list(sources.files()),
        "authors": authors or sources.authors,
        "agents": authors,
        "licence": licence(given.licence or sources.licence),
        "code_licence": licence(sources.licence),
        "name": given.name or f"ssimball run {run}",
        "date": given.date,
    }


def _of_sources(sources: Sources, strangers: Sequence[str], tables: int) -> Iterator[str]:
    if sources.root is None:
        yield "the sources of the workflow are not at hand; the crate is without them"
    elif strangers:
        yield (
            f"the sources at hand did not make {len(strangers)} of {tables} tables, as "
            f"{strangers[0]}; the crate says so. Export with the sources that did"
        )


def _files(run: Run) -> dict[str, str]:
    """Files of the run with their sha256, the list of them among these."""
    for path, sha256 in run.checksums.items():
        if not (run.folder / path).is_file():
            raise ArtifactError(f"{run.folder / path}: no such file, but {CHECKSUMS} lists it")
        if run.sha256(path) != sha256:
            raise ArtifactError(
                f"{run.folder / path}: is not the file that {CHECKSUMS} lists; audit the run"
            )
    return {**run.checksums, CHECKSUMS: run.sha256(CHECKSUMS)}


def _description(run: Run, images: Sequence[InputImage]) -> str:
    """What was done, and the verdict."""
    study = run.study
    what = (
        f"{len(images)} images, {len(study.attacks)} attacks and controls on {study.model.name}: "
        "do imperceptible adversarial perturbations change the parts of an image that matter for "
        "classification?"
    )
    return f"{what} {_verdict(run.folder / 'answer.txt')}".strip()


def _verdict(path: Path) -> str:
    """The paragraph of the verdict and its list, on one line."""
    if not path.is_file():
        return ""
    text = path.read_text(encoding="utf-8")
    if f"\n{_VERDICT}" not in text:
        return ""
    words: list[str] = []
    for line in text[text.index(f"\n{_VERDICT}") + 1 :].splitlines():
        if words and words[-1].startswith(" ") and not line.startswith(" "):
            break
        words.append(line)
    return " ".join(" ".join(words).split())
