"""Decode image files to 8-bit RGB.

All data sets follow the same rules:

- Transparent pixels are composited over white, as on a web page.
- Samples of 9 to 16 bits keep their high byte. Pillow does this for RGB, except in two kinds of
  files, which are refused. Its conversion of grey images clips everything above 255 to white and is
  not used.
- The EXIF orientation is applied. Embedded colour profiles are not.
- The first frame of an animation or of a multi-page file is used.

Masks are decoded in their stored pixels and turned like the photograph they belong to.
"""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFile, ImageOps, PngImagePlugin, UnidentifiedImageError

from ssimball.errors import ImageError
from ssimball.storage.regular_files import open_regular, remedy

#: Pixels of the largest image that is decoded: above the 151 million of the largest camera backs. A
#: job then takes 3.8 GB at most, as measured, less than the 4 GB that profiles reserve.
MAX_PIXELS = 160_000_000
#: Bytes that one text or colour profile of a PNG unpacks to. Pillow refuses more than 1 MiB, which
#: cameras' profiles and the history of an editor exceed; all texts together may have 64 MiB.
MAX_METADATA = 64 << 20
#: Formats that Pillow decodes itself; EPS, for example, would run an installed Ghostscript.
FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
#: Formats of masks. Lossy formats blur the object's edge; Pillow turns a TIFF while loading it.
MASK_FORMATS = ("BMP", "GIF", "PNG", "PPM")
#: Beginnings of files that stand in the place of an image, in lower case, and what to do.
_NO_IMAGES = {
    b"version https://git-lfs": "a pointer of Git LFS, not the image; get it by git lfs pull",
    **dict.fromkeys(
        (b"<!doctype html", b"<html"), "a web page, not an image; download the image itself"
    ),
}
_BEGINNING = 32
_ADDRESSES = {"http:", "https:", "ftp:", "s3:", "gs:"}
#: Markers SOC and SIZ, and where each sample's bits less 1 lie behind them (ISO 15444-1, A.5.1).
_JPEG2000_START, _JPEG2000_DEPTH = b"\xff\x4f\xff\x51", 38
_BACKGROUND = (255, 255, 255, 255)
_ORIENTATION = 0x0112  # EXIF 2.3, table 4
_BITS_PER_SAMPLE, _PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0  # TIFF 6.0, section 8
_PLANES, _SEPARATE = 284, 2


@dataclass(frozen=True)
class Photograph:
    """A decoded image file.

    Attributes:
        rgb: uint8 (H, W, 3), sRGB as stored, upright.
        orientation: EXIF orientation of the file, 1 to 8; 1 if it has none.
    """

    rgb: NDArray[np.uint8]
    orientation: int


def decode_photograph(path: Path) -> Photograph:
    """Decode an image file to 8-bit RGB, upright.

    Not thread-safe: Python's warning filters and Pillow's size limit are global.

    Args:
        path: a file in one of ``FORMATS``.

    Returns:
        The pixels and the orientation that was applied to them.

    Raises:
        ImageError: the file is missing, empty, truncated, larger than ``MAX_PIXELS``, or not an
            image that can be shown as RGB. The message names the file without its folder.
    """
    with _opened(path) as image:
        _refuse_misread(image, path.name)
        orientation = _load_upright(image)
        return Photograph(np.array(_to_rgb(image, path.name)), orientation)


def decode_mask(path: Path) -> NDArray[np.bool_]:
    """Decode a mask, in its stored pixels: an EXIF orientation of the mask itself is not applied.

    Args:
        path: a file in one of ``MASK_FORMATS``.

    Returns:
        bool (H, W), true where a pixel is neither black nor fully transparent.

    Raises:
        ImageError: as in :func:`decode_photograph`, or the file is not in one of ``MASK_FORMATS``.
    """
    with _opened(path, MASK_FORMATS) as image:
        image.load()
        if image.mode == "I" or image.mode.startswith("I;16"):
            return np.array(image).astype(bool)
        rgba: NDArray[np.bool_] = np.array(image.convert("RGBA")).astype(bool)
        mask: NDArray[np.bool_] = rgba[..., :3].any(axis=2) & rgba[..., 3]
        return mask


def upright(mask: NDArray[np.bool_], orientation: int) -> NDArray[np.bool_]:
    """Turn a mask as :func:`decode_photograph` turns the photograph it belongs to.

    Args:
        mask: bool (H, W), in the photograph's stored pixels.
        orientation: EXIF orientation of the photograph, 1 to 8.

    Returns:
        bool (H, W), or (W, H) for orientations from 5 on.
    """
    image = Image.fromarray(mask.astype(np.uint8))
    image.getexif()[_ORIENTATION] = orientation
    return np.asarray(ImageOps.exif_transpose(image)).astype(bool)


def sha256_of_file(path: Path) -> str:
    """Return the hex SHA-256 of a file's bytes.

    Raises:
        ImageError: the file is missing or cannot be read. The message names it without its folder.
    """
    with _one_line_reasons(path, FORMATS), open_regular(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _opened(path: Path, formats: tuple[str, ...] = FORMATS) -> Iterator[ImageFile.ImageFile]:
    """Open an image whose pixels are not read yet; errors in the block name the file."""
    with _one_line_reasons(path, formats), _quiet_pillow(), open_regular(path) as stream:
        if not stream.read(1):
            raise ImageError(f"{path.name}: file is empty; get a new copy")
        stream.seek(0)
        beginning = stream.peek(_BEGINNING).lstrip()[:_BEGINNING].lower()
        for known, reason in _NO_IMAGES.items():
            if beginning.startswith(known):
                raise ImageError(f"{path.name}: {reason}")
        with Image.open(stream, formats=formats) as image:
            yield image


@contextmanager
def _one_line_reasons(path: Path, formats: tuple[str, ...]) -> Iterator[None]:
    """Turn any error of the block into one line that does not depend on the file's folder."""
    try:
        yield
    except (ImageError, MemoryError):
        raise
    except FileNotFoundError:
        if _ADDRESSES & set(path.parts):
            raise ImageError(
                f"{path.name}: an address, from which nothing is downloaded; get the file, name it"
            ) from None
        slash = " (folders are separated by /)" if "\\" in path.name else ""
        raise ImageError(f"{path.name}: file is missing; correct the path{slash}") from None
    except IsADirectoryError:
        raise ImageError(f"{path.name}: a folder, not a file; name an image in it") from None
    except UnidentifiedImageError:
        names = ", ".join(formats)
        raise ImageError(
            f"{path.name}: not an image that can be read; save it as one of {names}"
        ) from None
    except Image.DecompressionBombError:
        limit = f"{MAX_PIXELS // 1_000_000} megapixels"
        raise ImageError(f"{path.name}: more than {limit}; scale it down") from None
    except ValueError as error:
        if "MAX_TEXT" not in str(error):
            raise _unreadable(path, error) from error
        limit = f"{MAX_METADATA >> 20} MiB of text and colour profiles"
        raise ImageError(f"{path.name}: more than {limit}; save it without them") from None
    except Exception as error:  # Pillow's readers raise almost anything on a damaged file.
        raise _unreadable(path, error) from error


def _unreadable(path: Path, error: Exception) -> ImageError:
    reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return ImageError(
        f"{path.name}: cannot be read: {' '.join(reason.split())}; "
        f"{remedy(error, 'get a new copy')}"
    )


@contextmanager
def _quiet_pillow() -> Iterator[None]:
    """Set Pillow's limits to ours, and silence its warnings about size, EXIF and palettes."""
    pillow_limits = Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow warns above this and fails above twice it.
    PngImagePlugin.MAX_TEXT_CHUNK = MAX_METADATA
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK = pillow_limits


def _refuse_misread(image: ImageFile.ImageFile, name: str) -> None:
    """Refuse the colours of more than 8 bits that Pillow reads wrongly without saying so."""
    if image.format == "TIFF" and _is_deep_planar_tiff(image):
        raise ImageError(f"{name}: TIFF of 16 bits with planes of colours; save it as PNG")
    if image.format == "JPEG2000" and _is_deep_jpeg2000(image):
        raise ImageError(f"{name}: JPEG2000 of more than 8 bits a sample; save it as PNG or TIFF")


def _is_deep_planar_tiff(image: ImageFile.ImageFile) -> bool:
    """Return whether samples lie in planes of their own, whose bytes Pillow takes for samples."""
    tags = image.tag_v2  # type: ignore[attr-defined]
    is_deep = max(tags.get(_BITS_PER_SAMPLE, (8,))) > 8
    return is_deep and tags.get(_PLANES) == _SEPARATE and image.info.get("compression") == "raw"


def _is_deep_jpeg2000(image: ImageFile.ImageFile) -> bool:
    """Return whether colours have more than 8 bits: Pillow reads the brightest as black."""
    if image.mode == "I;16" or image.fp is None:
        return False
    image.fp.seek(0)
    _, start, codestream = image.fp.read().partition(_JPEG2000_START)
    depths = codestream[_JPEG2000_DEPTH::3][: len(image.getbands())]
    return bool(start) and any((depth & 0x7F) >= 8 for depth in depths)


def _orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1 to 8; 1 if there is none that can be read."""
    try:
        value = image.getexif().get(_ORIENTATION, 1)
    except MemoryError:
        raise
    except Exception:  # Damaged EXIF does not mean damaged pixels.
        return 1
    return int(value) if value in range(1, 9) else 1


def _load_upright(image: Image.Image) -> int:
    """Load the pixels, turn them upright in place, and return the orientation they had."""
    # Pillow turns a TIFF while loading it and then forgets the orientation. The orientation of
    # other formats may be known only once their pixels are loaded.
    orientation = _orientation(image) if image.format == "TIFF" else None
    image.load()
    if orientation is None:
        orientation = _orientation(image)
    if orientation > 1:
        try:
            ImageOps.exif_transpose(image, in_place=True)
        except MemoryError:
            raise
        except Exception:  # Rewriting damaged EXIF fails after the pixels are turned.
            return orientation
    return orientation


def _to_rgb(image: Image.Image, name: str) -> Image.Image:
    """Convert an image of any Pillow mode to RGB, with transparent pixels over white."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _high_byte(image, name).convert("RGB")
    if image.mode == "La":
        image = image.convert("LA")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        background = Image.new("RGBA", image.size, _BACKGROUND)
        return Image.alpha_composite(background, image).convert("RGB")
    return image.convert("RGB")


def _high_byte(image: Image.Image, name: str) -> Image.Image:
    """Reduce grey samples of 9 to 16 bits to 8."""
    # Pillow scales every PGM of more than 8 bits to 16, but stores it as 32-bit integers.
    if not image.mode.startswith("I;16") and (image.mode, image.format) != ("I", "PPM"):
        raise ImageError(
            f"{name}: samples without a defined white (Pillow mode {image.mode}); "
            "convert the file to 8 or 16 bits"
        )
    tags = getattr(image, "tag_v2", {})
    bits = tags.get(_BITS_PER_SAMPLE, (16,))[0]
    grey = (np.asarray(image) >> (bits - 8)).astype(np.uint8)
    if tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO:
        grey = 255 - grey
    return Image.fromarray(grey)
