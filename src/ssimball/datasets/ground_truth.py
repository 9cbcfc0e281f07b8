"""The position of the object in a photograph: an image of its mask, or bounding boxes.

Masks and boxes refer to the stored pixels of the photograph's file, before its EXIF orientation is
applied, and are turned with the photograph.

A box is ``xmin ymin xmax ymax`` in pixels counted from 0, both corners included: ``0 0 499 374``
covers all of 500 x 375 pixels. The files of ILSVRC-2012 count in this way, although they have the
format of PASCAL VOC, which counts from 1: of the 80,477 boxes of the validation images, as listed
with their sizes by Choe et al. (2020, github.com/clovaai/wsolevaluation), 7,388 begin at x = 0,
6,086 end at width - 1 and none at the width.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from ssimball.datasets.decoding import Photograph, decode_mask, upright
from ssimball.datasets.interface import GroundTruth
from ssimball.errors import ImageError
from ssimball.storage.regular_files import read_regular, remedy

Box = tuple[int, int, int, int]

#: Bytes of the largest file of boxes.
_MAX_BOXES = 1 << 20
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
#: Relative tolerance of aspect ratios: sides of thumbnails are rounded.
_ASPECT_TOLERANCE = 0.05


def object_mask(truth: GroundTruth, photograph: Photograph) -> NDArray[np.bool_]:
    """Return the object's mask, upright like the photograph it belongs to.

    Args:
        truth: the position of the object.
        photograph: the decoded photograph, (H, W).

    Returns:
        bool (H, W), true where the object is.

    Raises:
        ImageError: the ground truth cannot be read, or does not fit the photograph.
    """
    height, width = photograph.rgb.shape[:2]
    if photograph.orientation >= 5:  # these swap rows and columns
        width, height = height, width
    return upright(truth.draw(width, height), photograph.orientation)


def parse_box(text: str) -> Box:
    """Parse a box written as ``xmin ymin xmax ymax``.

    Args:
        text: four whole numbers, in pixels from 0, both corners included.

    Returns:
        The four numbers.

    Raises:
        ValueError: the text is not four whole numbers, or a maximum lies below its minimum.

    Examples:
        >>> parse_box("0 0 499 374")
        (0, 0, 499, 374)
    """
    numbers = text.split()
    if len(numbers) != 4 or not all(re.fullmatch("[0-9]{1,6}", number) for number in numbers):
        raise ValueError(f"the box {text.strip()!r} is not four whole numbers xmin ymin xmax ymax")
    xmin, ymin, xmax, ymax = map(int, numbers)
    if xmax < xmin or ymax < ymin:
        raise ValueError(f"the box {text.strip()!r} is empty: xmax < xmin or ymax < ymin")
    return xmin, ymin, xmax, ymax


@dataclass(frozen=True)
class MaskFile:
    """A mask of the photograph's size; pixels that are not black or transparent are the object.

    Attributes:
        file: its path.
        origin: file and line that name it, for messages.
    """

    file: Path
    origin: str

    def draw(self, width: int, height: int) -> NDArray[np.bool_]:
        """Return the mask, bool (height, width), as ``GroundTruth.draw`` describes."""
        mask = decode_mask(self.file)
        if mask.shape != (height, width):
            raise ImageError(
                f"mask {self.file.name} ({self.origin}): {mask.shape[1]} x {mask.shape[0]} pixels, "
                f"but the photograph's file has {width} x {height} before it is turned by its EXIF "
                "orientation; save the mask in that size"
            )
        if not mask.any():
            raise ImageError(
                f"mask {self.file.name} ({self.origin}): all black; mark the object, or name no "
                "mask"
            )
        return mask


@dataclass(frozen=True)
class Boxes:
    """Bounding boxes whose union is the object.

    Attributes:
        boxes: the boxes.
        origin: file, and line if there is one, that lists them, for messages.
        size: (width, height) of the image that was annotated; None if it is the photograph itself.
    """

    boxes: tuple[Box, ...]
    origin: str
    size: tuple[int, int] | None = None
    file = (
        None  # The boxes are part of the manifest, or were read by BoxFile, which names its file.
    )

    def draw(self, width: int, height: int) -> NDArray[np.bool_]:
        """Return the mask, bool (height, width): pixels whose centre lies in a box."""
        box_width, box_height = self.size or (width, height)
        if abs(box_width * height / (box_height * width) - 1) > _ASPECT_TOLERANCE:
            raise ImageError(
                f"{self.origin}: boxes for {box_width} x {box_height} pixels, but the photograph's "
                f"file has {width} x {height}; get the boxes of this file"
            )
        x = (np.arange(width) + 0.5) * box_width / width
        y = (np.arange(height) + 0.5) * box_height / height
        mask = np.zeros((height, width), bool)
        for xmin, ymin, xmax, ymax in self.boxes:
            if xmax >= box_width or ymax >= box_height:
                raise ImageError(
                    f"{self.origin}: the box '{xmin} {ymin} {xmax} {ymax}' goes beyond "
                    f"{box_width} x {box_height} pixels; count from 0, the last one included"
                )
            rows, columns = (ymin <= y) & (y < ymax + 1), (xmin <= x) & (x < xmax + 1)
            mask |= rows[:, None] & columns
        return mask


@dataclass(frozen=True)
class BoxFile:
    """A bounding-box file of ILSVRC: XML in the format of PASCAL VOC.

    The boxes of all objects count, whatever their class.

    Attributes:
        file: its path.
    """

    file: Path

    def draw(self, width: int, height: int) -> NDArray[np.bool_]:
        """Return the mask, bool (height, width), with the boxes scaled if the file's size differs.

        Args:
            width: width of the stored photograph in pixels.
            height: height of the stored photograph in pixels.

        Raises:
            ImageError: the file is missing or damaged, or its boxes do not fit the photograph.
        """
        name = self.file.name
        try:
            annotation = _parse(read_regular(self.file, _MAX_BOXES))
            boxes = tuple(parse_box(_corners(box)) for box in annotation.findall("object/bndbox"))
            size = _side(annotation, "width"), _side(annotation, "height")
        except OSError as error:
            raise ImageError(
                f"{name}: cannot be read: {error.strerror}; {remedy(error, 'get a new copy')}"
            ) from None
        except (ValueError, LookupError, expat.ExpatError) as error:
            raise ImageError(f"{name}: no bounding boxes: {error}; get a new copy") from None
        if not boxes:
            raise ImageError(f"{name}: lists no box; get a new copy, or take the file away")
        return Boxes(boxes, name, size).draw(width, height)


def _corners(box: Element) -> str:
    return " ".join(box.findtext(corner, "") for corner in _CORNERS)


def _side(annotation: Element, side: str) -> int:
    text = annotation.findtext(f"size/{side}", "")
    if not re.fullmatch("[1-9][0-9]{0,5}", text.strip()):
        raise ValueError(f"size/{side} is {text!r}, not a number of pixels")
    return int(text)


def _parse(content: bytes) -> Element:
    """Parse XML without a document type, which could declare entities that grow without bound.

    Raises:
        ValueError: the content declares a document type.
        LookupError: the content names an unknown encoding.
        ExpatError: the content is not XML.
    """

    def refuse(*_: object) -> None:
        raise ValueError("it declares a document type")

    builder, parser = TreeBuilder(), expat.ParserCreate()
    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.data
    parser.Parse(content, True)
    return builder.close()
