"""From a decoded image to the 8-bit square that all later stages use."""

import numpy as np
import PIL.Image

from ssimball.config.model import PreprocessingConfig
from ssimball.datasets.decoding import MAX_PIXELS
from ssimball.datasets.interface import Image
from ssimball.errors import ImageError

_FILTERS = {
    "bilinear": PIL.Image.Resampling.BILINEAR,
    "bicubic": PIL.Image.Resampling.BICUBIC,
    "lanczos": PIL.Image.Resampling.LANCZOS,
}


def preprocess(image: Image, settings: PreprocessingConfig) -> Image:
    """Resize the shorter side and cut out the central square, in 8 bits.

    Attacks start from this image and are judged against it, so rounding happens here, once. Sizes
    and offsets are those of torchvision's ``Resize`` and ``CenterCrop`` on Pillow images.

    Args:
        image: the decoded image, upright. A mask is resized by nearest neighbour.
        settings: size, crop and filter.

    Returns:
        ``rgb`` uint8 (crop, crop, 3), and the mask bool (crop, crop) if the image has one.

    Raises:
        ImageError: the image is smaller than the crop, or too long and narrow to be resized.

    Examples:
        >>> image = Image(np.zeros((300, 400, 3), np.uint8))
        >>> preprocess(image, PreprocessingConfig(resize=256, crop=224)).rgb.shape
        (224, 224, 3)
    """
    rgb = PIL.Image.fromarray(image.rgb)
    mask = None if image.mask is None else PIL.Image.fromarray(image.mask.astype(np.uint8))
    if settings.resize is not None:
        size = _resized(rgb.size, settings.resize)
        if size[0] * size[1] > MAX_PIXELS:
            raise ImageError(
                f"{rgb.width} x {rgb.height} pixels, too long and narrow to have its shorter side "
                f"resized to {settings.resize}; crop it"
            )
        rgb = rgb.resize(size, _FILTERS[settings.interpolation])
        mask = mask and mask.resize(size, PIL.Image.Resampling.NEAREST)
    box = _central_square(rgb.size, settings.crop)
    return Image(
        np.asarray(rgb.crop(box)),
        None if mask is None else np.asarray(mask.crop(box)).astype(bool),
    )


def _resized(size: tuple[int, int], shorter: int) -> tuple[int, int]:
    """Return (width, height) after the shorter side is resized."""
    width, height = size
    if width <= height:
        return shorter, int(shorter * height / width)
    return int(shorter * width / height), shorter


def _central_square(size: tuple[int, int], side: int) -> tuple[int, int, int, int]:
    """Return (left, top, right, bottom) of the central square of an image (width, height)."""
    width, height = size
    if min(size) < side:
        raise ImageError(
            f"{width} x {height} pixels, smaller than the crop of {side}; set preprocessing.resize"
        )
    left, top = round((width - side) / 2), round((height - side) / 2)
    return left, top, left + side, top + side
