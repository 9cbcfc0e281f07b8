"""Files that cannot be used as photographs; the row of each gives the reason."""

import io
import struct
import zlib
from functools import partial

import numpy as np
from PIL import Image

from .cases import Case
from .rows import status


def photograph(size=(300, 260), kind="JPEG"):
    noise = np.random.default_rng(0).integers(0, 256, (size[1], size[0], 3), dtype=np.uint8)
    return saved(Image.fromarray(noise), kind)


def saved(image, kind):
    stream = io.BytesIO()
    image.save(stream, kind)
    return stream.getvalue()


def half(content):
    return content[: len(content) // 2]


def enormous():
    """Return a PNG of a few bytes whose header claims 10,000 megapixels."""

    def chunk(kind, data):
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    header = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def is_file(name, content, folder, resize=None):
    (folder / name).write_bytes(content)
    return status(folder, f"path,label\n{name},1\n", resize)


def is_folder(folder):
    (folder / "photos").mkdir()
    return status(folder, "path,label\nphotos,1\n")


def is_link_to_itself(folder):
    (folder / "a.jpg").symlink_to("a.jpg")
    return status(folder, "path,label\na.jpg,1\n")


def is_address(folder):
    return status(folder, "path,label\nhttps://example.org/a.jpg,1\n")


def is_another(folder):
    (folder / "a.jpg").write_bytes(photograph())
    return status(folder, f"path,label,sha256\na.jpg,1,{'0' * 64}\n")


KINDS = "AVIF, BMP, GIF, JPEG, JPEG2000, PNG, PPM, TIFF, WEBP"
NO_IMAGE = f"failed: a.jpg: not an image that can be read; save it as one of {KINDS}"
POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"
HEIC = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
#: Name of the mistake, file, its content, status of its row.
FILES = [
    ("zero bytes", "a.jpg", b"", "failed: a.jpg: file is empty; get a new copy"),
    ("text", "a.jpg", b"just text", NO_IMAGE),
    (
        "web page",
        "a.jpg",
        b"\n<!DOCTYPE html><html>404</html>",
        "failed: a.jpg: a web page, not an image; download the image itself",
    ),
    (
        "pointer of Git LFS",
        "a.jpg",
        b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
        "failed: a.jpg: a pointer of Git LFS, not the image; get it by git lfs pull",
    ),
    ("photograph of a telephone", "a.jpg", HEIC, NO_IMAGE),
    ("PostScript", "a.jpg", POSTSCRIPT, NO_IMAGE),
    (
        "half a JPEG",
        "a.jpg",
        half(photograph()),
        "failed: a.jpg: cannot be read: image file is truncated …; get a new copy",
    ),
    (
        "half a PNG",
        "a.png",
        half(photograph(kind="PNG")),
        "failed: a.png: cannot be read: image file is truncated; get a new copy",
    ),
    (
        "enormous",
        "a.png",
        enormous(),
        "failed: a.png: more than 160 megapixels; scale it down",
    ),
    (
        "floats",
        "a.tif",
        saved(Image.new("F", (300, 260)), "TIFF"),
        "failed: a.tif: samples without a defined white (Pillow mode F); convert the file to 8 or "
        "16 bits",
    ),
    (
        "lower than the crop",
        "a.jpg",
        photograph((300, 223)),
        "failed: 300 x 223 pixels, smaller than the crop of 224; set preprocessing.resize",
    ),
    (
        "narrower than the crop",
        "a.jpg",
        photograph((223, 300)),
        "failed: 223 x 300 pixels, smaller than the crop of 224; set preprocessing.resize",
    ),
]
CASES = [
    *(
        Case(name, partial(is_file, file, content), message)
        for name, file, content, message in FILES
    ),
    Case(
        "line of pixels",
        partial(is_file, "a.png", photograph((40_000, 2), "PNG"), resize=256),
        "failed: 40000 x 2 pixels, too long and narrow to have its shorter side resized to 256; "
        "crop it",
    ),
    Case(
        "missing",
        lambda folder: status(folder, "path,label\na.jpg,1\n"),
        "failed: a.jpg: file is missing; correct the path",
    ),
    Case(
        "path of Windows",
        lambda folder: status(folder, "path,label\nphotos\\a.jpg,1\n"),
        r"failed: photos\a.jpg: file is missing; correct the path (folders are separated by /)",
    ),
    Case(
        "folder",
        is_folder,
        "failed: photos: a folder, not a file; name an image in it",
    ),
    Case(
        "link to itself",
        is_link_to_itself,
        "failed: a.jpg: cannot be read: Too many levels of symbolic links; replace the link by the "
        "file",
    ),
    Case(
        "address",
        is_address,
        "failed: a.jpg: an address, from which nothing is downloaded; get the file, name it",
    ),
    Case(
        "another file than stated",
        is_another,
        "failed: a.jpg: file does not match the sha256 in the manifest, line 2; get the file it is "
        "of, or correct it",
    ),
]
