"""Masks and boxes that do not fit their photograph; its row gives the reason."""

from functools import partial

import numpy as np
from PIL import Image

from ssimball.datasets.ground_truth import BoxFile
from ssimball.errors import ImageError

from .cases import Case
from .images import photograph, saved
from .rows import status

KINDS = "BMP, GIF, PNG, PPM"
NO_MASK = f"not an image that can be read; save it as one of {KINDS}"


def with_cell(column, cell, content, folder):
    """Return the status of a photograph of 300 x 260 pixels with a mask or boxes."""
    (folder / "a.jpg").write_bytes(photograph())
    if content is not None:
        (folder / cell).write_bytes(content)
    return status(folder, f"path,label,{column}\na.jpg,1,{cell}\n")


def grey(size, level=255):
    return saved(Image.fromarray(np.full(size[::-1], level, np.uint8)), "PNG")


def other_mask(folder):
    (folder / "a.jpg").write_bytes(photograph())
    (folder / "m.png").write_bytes(grey((300, 260)))
    return status(folder, f"path,label,mask,mask_sha256\na.jpg,1,m.png,{'0' * 64}\n")


#: Name, column, cell, content of the mask's file, reason in the row.
CELLS = [
    ("no mask", "mask", "m.png", None, "m.png: file is missing; correct the path"),
    ("empty mask", "mask", "m.png", b"", "m.png: file is empty; get a new copy"),
    ("mask that is no image", "mask", "m.png", b"\x89PNG\r\n", f"m.png: {NO_MASK}"),
    ("mask with lossy edges", "mask", "m.jpg", photograph(), f"m.jpg: {NO_MASK}"),
    (
        "mask of another size",
        "mask",
        "m.png",
        grey((260, 300)),
        "mask m.png (list.csv, line 2): 260 x 300 pixels, but the photograph's file has 300 x 260 "
        "before it is turned by its EXIF orientation; save the mask in that size",
    ),
    (
        "black mask",
        "mask",
        "m.png",
        grey((300, 260), 0),
        "mask m.png (list.csv, line 2): all black; mark the object, or name no mask",
    ),
    (
        "box beyond the right edge",
        "boxes",
        "0 0 9 9;40 0 300 9",
        None,
        "list.csv, line 2: the box '40 0 300 9' goes beyond 300 x 260 pixels; count from 0, the "
        "last one included",
    ),
    (
        "box beyond the lower edge",
        "boxes",
        "0 0 9 260",
        None,
        "list.csv, line 2: the box '0 0 9 260' goes beyond 300 x 260 pixels; count from 0, the "
        "last one included",
    ),
]


def voc(width, height, *boxes, head=""):
    objects = "".join(
        f"<object><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax><ymax>{d}</ymax></bndbox>"
        "</object>"
        for a, b, c, d in boxes
    )
    size = f"<size><width>{width}</width><height>{height}</height></size>"
    return f"{head}<annotation>{size}{objects}</annotation>"


def draw_boxes(text, folder):
    """Draw the boxes of an XML file for a photograph of 50 x 40 pixels."""
    (folder / "a.xml").write_text(text, encoding="utf-8")
    BoxFile(folder / "a.xml").draw(50, 40)


BOX = (0, 0, 1, 1)
ENTITY = '<!DOCTYPE x [<!ENTITY a "1">]>'
#: Name, content of the XML file, message after its name.
XML = [
    ("empty XML", "", "no bounding boxes: no element found…; get a new copy"),
    ("half an XML", "<annotation>", "no bounding boxes: no element found…; get a new copy"),
    ("XML without box", voc(50, 40), "lists no box; get a new copy, or take the file away"),
    (
        "image without width",
        voc(0, 40, BOX),
        "no bounding boxes: size/width is '0', not a number of pixels; get a new copy",
    ),
    (
        "image without height",
        voc(50, "", BOX),
        "no bounding boxes: size/height is '', not a number of pixels; get a new copy",
    ),
    (
        "corner that is no number",
        voc(50, 40, (0, 0, "x", 1)),
        "no bounding boxes: the box '0 0 x 1' is not four whole numbers xmin ymin xmax ymax; get a "
        "new copy",
    ),
    (
        "inverted box",
        voc(50, 40, (9, 0, 1, 1)),
        "no bounding boxes: the box '9 0 1 1' is empty: xmax < xmin or ymax < ymin; get a new copy",
    ),
    (
        "box counted from 1",
        voc(50, 40, (1, 1, 50, 40)),
        "the box '1 1 50 40' goes beyond 50 x 40 pixels; count from 0, the last one included",
    ),
    (
        "boxes of another image",
        voc(40, 50, BOX),
        "boxes for 40 x 50 pixels, but the photograph's file has 50 x 40; get the boxes of this "
        "file",
    ),
    (
        "entities",
        voc(50, 40, (0, 0, "&a;", 1), head=ENTITY),
        "no bounding boxes: it declares a document type; get a new copy",
    ),
    (
        "unknown encoding",
        voc(50, 40, BOX, head='<?xml version="1.0" encoding="mine"?>'),
        "no bounding boxes: unknown encoding: mine; get a new copy",
    ),
]
CASES = [
    *(
        Case(name, partial(with_cell, column, cell, content), f"failed: {message}")
        for name, column, cell, content, message in CELLS
    ),
    Case(
        "another mask than stated",
        other_mask,
        "failed: m.png: file does not match the mask_sha256 in the manifest, line 2; get the file "
        "it is of, or correct it",
    ),
    *(
        Case(name, partial(draw_boxes, text), f"a.xml: {message}", ImageError)
        for name, text, message in XML
    ),
    Case(
        "XML gone",
        lambda folder: BoxFile(folder / "a.xml").draw(50, 40),
        "a.xml: cannot be read: No such file or directory; correct the path",
        ImageError,
    ),
]
