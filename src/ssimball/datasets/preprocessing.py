"""From a decoded image to the 8-bit square that every later stage works on."""

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
    """Resize the shorter side and cut out the central square, still 8-bit.

    The attack works on this image and is judged on it, so all rounding happens here, once. Same
    sizes and offsets as torchvision's ``Resize`` and ``CenterCrop`` on Pillow images.

    Returns:
        ``rgb`` uint8 (crop, crop, 3) and the mask, where there is one, bool (crop, crop).

    Raises:
        ImageError: the image is smaller than the crop.
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
    if min(rgb.size) < settings.crop:
        raise ImageError(
            f"{rgb.width} x {rgb.height} pixels, smaller than the crop of {settings.crop}; "
            "set preprocessing.resize"
        )
    left = round((rgb.width - settings.crop) / 2)
    top = round((rgb.height - settings.crop) / 2)
    box = (left, top, left + settings.crop, top + settings.crop)
    return Image(
        np.asarray(rgb.crop(box)),
        None if mask is None else np.asarray(mask.crop(box)).astype(bool),
    )


def _resized(size: tuple[int, int], shorter: int) -> tuple[int, int]:
    width, height = size
    if width <= height:
        return shorter, int(shorter * height / width)
    return int(shorter * width / height), shorter
