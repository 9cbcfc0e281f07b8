"""What every data set offers to the pipeline."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class GroundTruth(Protocol):
    """Where the object of one photograph is said to be. Implementations: ground_truth."""

    @property
    def file(self) -> Path | None:
        """The file that says so; None where the list of photographs itself does."""
        ...

    def draw(self, width: int, height: int) -> NDArray[np.bool_]:
        """The object's mask, (height, width), in the pixels of the photograph's file as stored.

        Raises:
            ImageError: it cannot be read, or does not fit a photograph of this size.
        """
        ...


@dataclass(frozen=True)
class Entry:
    """One image of a data set, known without opening it.

    ``image_id`` is unique in the data set and does not depend on where the data set lies on disk;
    ``label`` is the index of the true class in the network's class order; ``location`` is the path
    of the file ("" when the image is generated); ``extra`` holds further columns of a manifest;
    ``truth`` tells where the object is, if that is told beside the image.
    """

    image_id: str
    label: int
    location: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    truth: GroundTruth | None = None


@dataclass(frozen=True)
class Image:
    """A decoded image: ``rgb`` uint8 (H, W, 3); ``mask`` bool (H, W), the object, where known."""

    rgb: NDArray[np.uint8]
    mask: NDArray[np.bool_] | None = None


class Dataset(Protocol):
    """Images with labels. Implementations: demo, manifest, imagenet."""

    class_names: list[str]

    def entries(self) -> list[Entry]:
        """All entries in an order that does not depend on the file system; no image is opened.

        Raises:
            DatasetError: the data set as a whole cannot be used.
        """
        ...

    def sha256(self, entry: Entry) -> str:
        """Hex sha256 of the image's file (of the pixels, where the image is generated).

        Raises:
            ImageError: the file is missing or cannot be opened.
        """
        ...

    def mask_sha256(self, entry: Entry) -> str | None:
        """Hex sha256 of the file that tells where the object is; None where there is none.

        Raises:
            ImageError: the file is missing or cannot be opened.
        """
        ...

    def load(self, entry: Entry) -> Image:
        """Decode the image to 8-bit RGB, and its object's mask where there is one.

        Raises:
            ImageError: the image is missing, truncated, or of a kind that cannot be shown as RGB;
                or its ground truth cannot be read or does not fit it.
        """
        ...
