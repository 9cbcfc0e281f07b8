"""The input images of a run: their origin, their authors and their licences."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ssimball.config.dataset import DatasetKind
from ssimball.datasets.subset import shard_name
from ssimball.runs.crate.licences import IMAGENET, NOT_STATED, Licence, licence
from ssimball.runs.run import Run

#: Names of manifest columns by what they hold, in lower case and letters only. The first column
#: that is filled counts.
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
class Credit:
    """What is known of an image's maker and licence.

    Attributes:
        licence: licence of the image.
        author, source, title: empty where the manifest does not state them.
    """

    licence: Licence
    author: str = ""
    source: str = ""
    title: str = ""


@dataclass(frozen=True)
class InputImage:
    """An image of the subset.

    Attributes:
        image_id: name of the image in the data set.
        shard: name of the shard whose tables hold its pixels.
        class_name: name of its class.
        sha256: of its file, or of the pixels of a generated image; None where it could not be read.
        credit: its maker and licence.
        generated: whether the package drew it.
    """

    image_id: str
    shard: str
    class_name: str
    sha256: str | None
    credit: Credit
    generated: bool = False

    @property
    def licence(self) -> Licence:
        """Licence of the image."""
        return self.credit.licence


def input_images(run: Run, own_licence: Licence, own_author: str) -> list[InputImage]:
    """Return all images of a run's subset, in its order.

    Args:
        run: the finished run.
        own_licence: licence of scenes that the package generates.
        own_author: author of scenes that the package generates.

    Raises:
        ArtifactError: the subset or the configuration cannot be read.
    """
    kind, size = run.study.dataset.kind, run.study.execution.shard_size
    return [
        InputImage(
            image_id=row["image_id"],
            shard=shard_name(number, size),
            class_name=row["class_name"],
            sha256=row["sha256"],
            credit=_credit(row, kind, own_licence, own_author),
            generated=kind == "demo",
        )
        for number, row in enumerate(run.subset)
    ]


def _credit(
    row: Mapping[str, Any], kind: DatasetKind, own_licence: Licence, own_author: str
) -> Credit:
    if kind == "demo":
        return Credit(own_licence, own_author, title=row["image_id"])
    if kind == "manifest":
        return _stated_credit(row)
    source = {"foolbox": "https://github.com/bethgelab/foolbox"}.get(kind, "")
    return Credit(IMAGENET, source=source)


def _stated_credit(row: Mapping[str, Any]) -> Credit:
    """Read the credit from the further columns of the manifest."""
    extra = {re.sub("[^a-z]", "", key.lower()): value for key, value in _extra(row).items()}

    def cell(name: str) -> str:
        filled = (extra[key].strip() for key in SPELLINGS[name] if extra.get(key, "").strip())
        return next(filled, "")

    return Credit(licence(cell("licence")), _legible(cell("author")), cell("source"), cell("title"))


def _legible(name: str) -> str:
    """Decode a name whose letters are bytes written in octal, as in lists of Open Images."""
    raw = re.sub(rb"\\([0-3][0-7]{2})", lambda octal: bytes([int(octal[1], 8)]), name.encode())
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return name


def _extra(row: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): str(value) for key, value in json.loads(row["extra"]).items()}


def licences(images: Sequence[InputImage]) -> list[Licence]:
    """Return the licences in use, the most frequent first."""
    counts = Counter(image.licence for image in images)
    return sorted(counts, key=lambda one: (-counts[one], one.id))


def warnings(images: Sequence[InputImage]) -> list[str]:
    """Warn whoever shares the crate of missing licences and authors, and of forbidden changes."""
    total = f"of {len(images)} images"
    without_licence = sum(image.licence == NOT_STATED for image in images)
    imagenet = sum(image.licence == IMAGENET for image in images)
    without_author = sum(not image.credit.author for image in images) - imagenet
    forbidden = sum(image.licence.forbids_changes for image in images)
    counts = {
        f"the licence of {without_licence} {total} is not stated (column license of the "
        "manifest)": without_licence,
        f"the author of {without_author} {total} is not stated (column author)": without_author,
        f"{imagenet} {total} are under ImageNet's terms of access, which do not allow to pass them "
        "on; their authors are not known": imagenet,
        f"{forbidden} {total} are under licences that do not allow to share changed versions (ND), "
        "which cropped and adversarial images are": forbidden,
    }
    return [text for text, count in counts.items() if count]
