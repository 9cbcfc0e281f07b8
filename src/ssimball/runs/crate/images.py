"""The input images of a run: where they come from, who made them, what may be done with them."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ssimball.datasets.subset import shard_name
from ssimball.runs.crate.licences import NOT_STATED, Licence, licence
from ssimball.runs.run import Run

#: Columns of a manifest by what they hold, as people call them: small letters, nothing between.
#: The first that is filled counts.
SPELLINGS = {
    "licence": (
        *("license", "licence", "licenseurl", "licenceurl", "rights", "copyright", "usage"),
        *("licensename", "licencename"),
    ),
    "author": (
        *("author", "creator", "attribution", "credit", "artist", "photographer"),
        *("authors", "authorname", "creatorname", "owner", "ownername"),
    ),
    "source": (
        *("source", "sourceurl", "originallandingurl", "landingurl", "originalurl", "url"),
        *("foreignlandingurl", "link", "page", "homepage"),
    ),
    "title": ("title", "caption"),
}


@dataclass(frozen=True)
class InputImage:
    """An image of the subset.

    Attributes:
        shard: name of the shard whose tables hold its pixels.
        sha256: of its file (of the pixels of a generated one), None where it could not be read.
        author, source, title: empty where the manifest does not say.
        generated: whether the package drew it.
    """

    image_id: str
    shard: str
    class_name: str
    sha256: str | None
    licence: Licence
    author: str = ""
    source: str = ""
    title: str = ""
    generated: bool = False


def input_images(run: Run, own_licence: Licence, own_author: str) -> list[InputImage]:
    """All images of a run's subset, in its order.

    Args:
        own_licence, own_author: of scenes that the package generates.

    Raises:
        ArtifactError: the subset or the configuration cannot be read.
    """
    generated = run.study.dataset.kind == "demo"
    size = run.study.execution.shard_size
    found = []
    for number, row in enumerate(run.subset):
        told = _told(row, own_licence, own_author) if generated else _stated(row)
        found.append(
            InputImage(
                image_id=row["image_id"],
                shard=shard_name(number, size),
                class_name=row["class_name"],
                sha256=row["sha256"],
                generated=generated,
                **told,
            )
        )
    return found


def _told(row: Mapping[str, Any], own_licence: Licence, own_author: str) -> dict[str, Any]:
    return {"licence": own_licence, "author": own_author, "title": row["image_id"]}


def _stated(row: Mapping[str, Any]) -> dict[str, Any]:
    """What the manifest's further columns say."""
    extra = {re.sub("[^a-z]", "", key.lower()): value for key, value in _extra(row).items()}
    cells = {
        name: next((extra[one].strip() for one in spellings if extra.get(one, "").strip()), "")
        for name, spellings in SPELLINGS.items()
    }
    return {**cells, "licence": licence(cells["licence"]), "author": _legible(cells["author"])}


def _legible(name: str) -> str:
    """A name whose letters were written as bytes in octal, as lists of Open Images have them."""
    raw = re.sub(rb"\\([0-3][0-7]{2})", lambda one: bytes([int(one[1], 8)]), name.encode())
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return name


def _extra(row: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in json.loads(row["extra"]).items()}


def licences(images: Sequence[InputImage]) -> list[Licence]:
    """The licences in use, the most frequent first."""
    counts: dict[Licence, int] = {}
    for image in images:
        counts[image.licence] = counts.get(image.licence, 0) + 1
    return sorted(counts, key=lambda one: (-counts[one], one.id))


def warnings(images: Sequence[InputImage]) -> list[str]:
    """What whoever shares the crate should know: missing licences, authors, changes forbidden."""
    total = f"of {len(images)} images"
    lacking = sum(one.licence == NOT_STATED for one in images)
    nameless = sum(not one.author for one in images)
    forbidden = sum(one.licence.forbids_changes for one in images)
    said = {
        f"the licence of {lacking} {total} is not stated (column license of the manifest)": lacking,
        f"the author of {nameless} {total} is not stated (column author)": nameless,
        f"{forbidden} {total} are under licences that do not allow to share changed versions (ND), "
        "which cut and adversarial images are": forbidden,
    }
    return [text for text, count in said.items() if count]
