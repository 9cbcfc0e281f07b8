"""From an image file to 8-bit RGB, whatever the file holds.

Choices, the same for every data set:

- Transparent pixels are composited over white, as a page would show them.
- 16-bit (and 12-bit) samples keep their high byte. Pillow does so for RGB; its conversion of grey
  clips everything above 255 to white and is not used.
- The EXIF orientation is applied. Embedded colour profiles are not.
- Of an animation or a multi-page file, the first frame is taken.

Masks are read as stored, and turned as the photograph they belong to.
"""

import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from ssimball.errors import ImageError

#: Larger images are refused: half a gigapixel is above any camera and needs 3.5 GB to decode.
MAX_PIXELS = 500_000_000
#: Formats Pillow decodes by itself; EPS, for one, would run whatever Ghostscript is installed.
FORMATS = ("AVIF", "BMP", "GIF", "JPEG", "JPEG2000", "PNG", "PPM", "TIFF", "WEBP")
#: Formats of masks: lossy ones leave traces beside the object, TIFF is turned while it is read.
MASK_FORMATS = ("BMP", "GIF", "PNG", "PPM")
_BACKGROUND = (255, 255, 255, 255)
_ORIENTATION = 0x0112  # EXIF 2.3, table 4
_BITS_PER_SAMPLE, _PHOTOMETRIC, _WHITE_IS_ZERO = 258, 262, 0  # TIFF 6.0, section 8


def decode_rgb(path: Path) -> NDArray[np.uint8]:
    """Decode an image file to uint8 (H, W, 3), sRGB as stored, values 0 to 255.

    Not for several threads at once: Python's warning filters and Pillow's size limit are global.

    Raises:
        ImageError: the file is missing, empty, truncated, larger than ``MAX_PIXELS``, or no image
            that can be shown as RGB. The message names the file without its folder.
    """
    with _opened(path) as image:
        image.load()
        _apply_orientation(image)
        return np.array(_to_rgb(image, path.name))


def decode_mask(path: Path) -> NDArray[np.bool_]:
    """Decode a mask to bool (H, W), true where a pixel is neither black nor wholly transparent.

    The pixels are those stored: an EXIF orientation of the mask's own is not applied.

    Raises:
        ImageError: as in :func:`decode_rgb`, or the format is not one of ``MASK_FORMATS``.
    """
    with _opened(path, MASK_FORMATS) as image:
        image.load()
        if image.mode == "I" or image.mode.startswith("I;16"):
            return np.array(image).astype(bool)
        rgba: NDArray[np.bool_] = np.array(image.convert("RGBA")).astype(bool)
        mask: NDArray[np.bool_] = rgba[..., :3].any(axis=2) & rgba[..., 3]
        return mask


def orientation(path: Path) -> int:
    """EXIF orientation of an image file that can be decoded, 1 to 8; 1 where there is none."""
    with _opened(path) as image:
        try:
            found = image.getexif().get(_ORIENTATION, 1)
        except MemoryError:
            raise
        except Exception:  # As in _apply_orientation.
            return 1
        return int(found) if found in range(1, 9) else 1


def upright(mask: NDArray[np.bool_], turned: int) -> NDArray[np.bool_]:
    """Turn a mask (H, W) of stored pixels as :func:`decode_rgb` turns a file of an orientation."""
    image = Image.fromarray(mask.astype(np.uint8))
    image.getexif()[_ORIENTATION] = turned
    return np.asarray(ImageOps.exif_transpose(image)).astype(bool)


def sha256_of_file(path: Path) -> str:
    """Hex sha256 of a file's bytes.

    Raises:
        ImageError: the file is missing or cannot be read. The message names it without its folder.
    """
    with _one_line_reasons(path, FORMATS), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextmanager
def _opened(path: Path, formats: tuple[str, ...] = FORMATS) -> Iterator[Image.Image]:
    """An image whose pixels are not read yet; whatever goes wrong in the block names the file."""
    with _one_line_reasons(path, formats), _quiet_pillow(), path.open("rb") as stream:
        if not stream.read(1):
            raise ImageError(f"{path.name}: file is empty; get a new copy")
        stream.seek(0)
        with Image.open(stream, formats=formats) as image:
            yield image


@contextmanager
def _one_line_reasons(path: Path, formats: tuple[str, ...]) -> Iterator[None]:
    """Turn whatever reading raises into one line that is the same wherever the file lies."""
    try:
        yield
    except (ImageError, MemoryError):
        raise
    except FileNotFoundError:
        slash = " (folders are separated by /)" if "\\" in path.name else ""
        raise ImageError(f"{path.name}: file is missing; correct the path{slash}") from None
    except IsADirectoryError:
        raise ImageError(f"{path.name}: a folder, not a file; name an image in it") from None
    except UnidentifiedImageError:
        kinds = ", ".join(formats)
        raise ImageError(
            f"{path.name}: not an image that can be read; save it as one of {kinds}"
        ) from None
    except Image.DecompressionBombError:
        limit = f"{MAX_PIXELS // 1_000_000} megapixels"
        raise ImageError(f"{path.name}: more than {limit}; scale it down") from None
    except Exception as error:  # Pillow's readers raise almost anything on a damaged file.
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise ImageError(
            f"{path.name}: cannot be read: {' '.join(reason.split())}; get a new copy"
        ) from error


@contextmanager
def _quiet_pillow() -> Iterator[None]:
    """Set Pillow's size limit to ours and keep its warnings (size, EXIF, palettes) to itself."""
    before = Image.MAX_IMAGE_PIXELS
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow warns above this and refuses above twice it.
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _apply_orientation(image: Image.Image) -> None:
    """Turn the image upright in place; unreadable EXIF leaves it as stored."""
    try:
        ImageOps.exif_transpose(image, in_place=True)
    except MemoryError:
        raise
    except Exception:  # Damaged EXIF says nothing against the pixels, which are already decoded.
        return


def _to_rgb(image: Image.Image, name: str) -> Image.Image:
    """Any Pillow mode to RGB; transparent pixels over white."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _high_byte(image, name).convert("RGB")
    if image.mode == "La":
        image = image.convert("LA")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, _BACKGROUND), image).convert(
            "RGB"
        )
    return image.convert("RGB")


def _high_byte(image: Image.Image, name: str) -> Image.Image:
    """Grey samples of 9 to 16 bits to 8."""
    # Pillow scales every PGM of more than 8 bits to 16, but keeps it in 32-bit integers.
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
