"""The interface of data sets."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class GroundTruth(Protocol):
    """The position of the object in one photograph; implementations are in ``ground_truth``."""

    @property
    def file(self) -> Path | None:
        """The file that holds it; None if it is part of the list of photographs."""
        ...

    def draw(self, width: int, height: int) -> NDArray[np.bool_]:
        """Return the object's mask in the stored pixels of the photograph's file.

        Args:
            width: width of the stored photograph in pixels.
            height: height of the stored photograph in pixels.

        Returns:
            bool (height, width), true where the object is.

        Raises:
            ImageError: it cannot be read, or does not fit a photograph of this size.
        """
        ...


@dataclass(frozen=True)
class Entry:
    """One image of a data set; its file has not been opened.

    Attributes:
        image_id: name of the image, unique in the data set and independent of the data set's
            folder.
        label: index of the true class in the network's order of classes.
        location: path of the file; "" if the image is generated.
        extra: further columns of a manifest.
        truth: position of the object; None if it is unknown or comes with the image itself.
    """

    image_id: str
    label: int
    location: str = ""
    extra: dict[str, str] = field(default_factory=dict)
    truth: GroundTruth | None = None


@dataclass(frozen=True)
class Image:
    """A decoded image.

    Attributes:
        rgb: uint8 (H, W, 3).
        mask: bool (H, W), true where the object is; None if that is unknown.
    """

    rgb: NDArray[np.uint8]
    mask: NDArray[np.bool_] | None = None


class Dataset(Protocol):
    """Images with labels; implementations are ``demo``, ``manifest`` and ``imagenet``."""

    class_names: list[str]

    def entries(self) -> list[Entry]:
        """Return all entries, in an order that does not depend on the file system.

        No image is opened.

        Raises:
            DatasetError: the data set as a whole cannot be used.
        """
        ...

    def sha256(self, entry: Entry) -> str:
        """Return the hex SHA-256 of the image's file, or of the pixels of a generated image.

        Raises:
            ImageError: the file is missing or cannot be opened.
        """
        ...

    def mask_sha256(self, entry: Entry) -> str | None:
        """Return the hex SHA-256 of the file of the object's position; None if there is none.

        Raises:
            ImageError: the file is missing or cannot be opened.
        """
        ...

    def load(self, entry: Entry) -> Image:
        """Decode the image to 8-bit RGB, and the object's mask if there is one.

        Raises:
            ImageError: the image is missing, truncated, or cannot be shown as RGB; or its ground
                truth cannot be read or does not fit it.
        """
        ...
