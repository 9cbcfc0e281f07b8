"""Where the object of a photograph is: an image of its mask, or bounding boxes.

All of it speaks of the pixels of the photograph's file as stored, before its EXIF orientation, and
is turned as the photograph is. A box is ``xmin ymin xmax ymax`` in pixels counted from 0, both ends
being part of it: ``0 0 499 374`` is all of 500 x 375 pixels. So count the files of ILSVRC-2012,
though PASCAL VOC, whose format they have, counts from 1: of the 80,477 boxes of the validation
images, as listed with their sizes by Choe et al. (2020, github.com/clovaai/wsolevaluation), 7,388
begin at x = 0, 6,086 end at width - 1 and none at the width.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import numpy as np
from numpy.typing import NDArray

from ssimball.datasets.decoding import decode_mask, orientation, upright
from ssimball.datasets.interface import GroundTruth
from ssimball.errors import ImageError

Box = tuple[int, int, int, int]

_CORNERS = ("xmin", "ymin", "xmax", "ymax")
# Sides of thumbnails are rounded, so ratios of sides need not agree to the last digit.
_ASPECT_TOLERANCE = 0.05


def object_mask(truth: GroundTruth, path: Path, width: int, height: int) -> NDArray[np.bool_]:
    """The object's mask, bool (height, width), upright like the photograph it belongs to.

    Args:
        truth: where the object is.
        path: of the photograph's file, for its EXIF orientation.
        width, height: of the photograph as decoded, upright.

    Raises:
        ImageError: the ground truth cannot be read, or does not fit the photograph.
    """
    turned = orientation(path)
    # Orientations from 5 on swap rows and columns.
    return upright(truth.draw(*((width, height) if turned < 5 else (height, width))), turned)


def parse_box(text: str) -> Box:
    """A box from ``xmin ymin xmax ymax``.

    Raises:
        ValueError: these are no four whole numbers, or a maximum lies below its minimum.
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
    """A mask of the photograph's size; what is not black or transparent is object.

    ``file`` is its path, ``place`` says where it is named.
    """

    file: Path
    place: str

    def draw(self, width: int, height: int) -> NDArray[np.bool_]:
        """See ``GroundTruth``."""
        mask = decode_mask(self.file)
        if mask.shape != (height, width):
            raise ImageError(
                f"mask {self.file.name} ({self.place}): {mask.shape[1]} x {mask.shape[0]} pixels, "
                f"but the photograph's file has {width} x {height} before it is turned by its EXIF "
                "orientation; save the mask in that size"
            )
        if not mask.any():
            raise ImageError(
                f"mask {self.file.name} ({self.place}): all black; mark the object, or name no mask"
            )
        return mask


@dataclass(frozen=True)
class Boxes:
    """Boxes whose union is the object.

    ``place`` says where they are listed, ``size`` is the (width, height) they are given for, if
    that is not the photograph's own.
    """

    boxes: tuple[Box, ...]
    place: str
    size: tuple[int, int] | None = None
    file = None  # They stand in the manifest, or were read from a file that BoxFile names.

    def draw(self, width: int, height: int) -> NDArray[np.bool_]:
        """See ``GroundTruth``. A pixel whose centre lies in a box is part of the object."""
        own_width, own_height = self.size or (width, height)
        if abs(own_width * height / (own_height * width) - 1) > _ASPECT_TOLERANCE:
            raise ImageError(
                f"{self.place}: boxes for {own_width} x {own_height} pixels, but the photograph's "
                f"file has {width} x {height}; get the boxes of this file"
            )
        x = (np.arange(width) + 0.5) * own_width / width
        y = (np.arange(height) + 0.5) * own_height / height
        mask = np.zeros((height, width), bool)
        for xmin, ymin, xmax, ymax in self.boxes:
            if xmax >= own_width or ymax >= own_height:
                raise ImageError(
                    f"{self.place}: the box '{xmin} {ymin} {xmax} {ymax}' goes beyond "
                    f"{own_width} x {own_height} pixels; count from 0, the last one included"
                )
            rows, columns = (ymin <= y) & (y < ymax + 1), (xmin <= x) & (x < xmax + 1)
            mask |= rows[:, None] & columns
        return mask


@dataclass(frozen=True)
class BoxFile:
    """A bounding-box file of ILSVRC: XML in the format of PASCAL VOC, all objects counted alike."""

    file: Path

    def draw(self, width: int, height: int) -> NDArray[np.bool_]:
        """See ``GroundTruth``. Boxes are scaled where the file's ``size`` is not the image's."""
        name = self.file.name
        try:
            annotation = _parse(self.file.read_bytes())
            found = [parse_box(_corners(box)) for box in annotation.findall("object/bndbox")]
            own_width, own_height = (_side(annotation, side) for side in ("width", "height"))
        except OSError as error:
            raise ImageError(f"{name}: cannot be read: {error.strerror}; get a new copy") from None
        except (ValueError, LookupError, expat.ExpatError) as error:
            raise ImageError(f"{name}: no bounding boxes: {error}; get a new copy") from None
        if not found:
            raise ImageError(f"{name}: lists no box; get a new copy, or take the file away")
        return Boxes(tuple(found), name, (own_width, own_height)).draw(width, height)


def _corners(box: Element) -> str:
    return " ".join(box.findtext(corner, "") for corner in _CORNERS)


def _side(annotation: Element, side: str) -> int:
    text = annotation.findtext(f"size/{side}", "")
    if not re.fullmatch("[1-9][0-9]{0,5}", text.strip()):
        raise ValueError(f"size/{side} is {text!r}, not a number of pixels")
    return int(text)


def _parse(content: bytes) -> Element:
    """Parse XML, but no document type: entities, which can grow without bound, are declared there.

    Raises:
        ValueError: there is one.
        LookupError: it is said to be in an unknown encoding.
        ExpatError: this is no XML.
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
