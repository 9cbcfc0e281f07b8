"""How an image, what was done to it and maps of it are shown: on contact sheets and alone."""

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import PIL.Image
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
#: Colours of SSIM maps, the same for all images.
SSIM_LOOK: Mapping[str, Any] = {"cmap": "inferno_r", "vmin": 0.9, "vmax": 1}
#: Colours of a CAM over its largest magnitude, and how they cover the image in grey.
CAM_LOOK: Mapping[str, Any] = {"cmap": "RdBu_r", "vmin": -1, "vmax": 1}
CAM_ALPHA = 0.6


def amplified(clean: Picture, adversarial: Picture, factor: float) -> NDArray[np.float64]:
    """The change of an image, both uint8 (H, W, 3): 0.5 + factor * change, in [0, 1]."""
    change = (adversarial.astype(np.float64) - clean) / 255
    found: NDArray[np.float64] = np.clip(0.5 + factor * change, 0, 1)
    return found


def relative(cam: NDArray[Any]) -> NDArray[Any]:
    """A CAM (h, w) over its largest magnitude, in [-1, 1]; all zeros stay so."""
    found: NDArray[Any] = cam / (np.abs(cam).max() or 1.0)
    return found


def change_picture(clean: Picture, adversarial: Picture, factor: float) -> Picture:
    """:func:`amplified` as a picture, uint8 (H, W, 3)."""
    return np.round(255 * amplified(clean, adversarial, factor)).astype(np.uint8)


def ssim_picture(ssim_map: NDArray[np.float64], size: tuple[int, int]) -> Picture:
    """A map of contracts.maps.SSIM in its place on an image of a size (H, W).

    Returns:
        uint8 (H, W, 3); pixels that no window is centred at are white.
    """
    picture = np.full((*size, 3), 255, np.uint8)
    top, left = ((full - part) // 2 for full, part in zip(size, ssim_map.shape, strict=True))
    height, width = ssim_map.shape
    picture[top : top + height, left : left + width] = _coloured(ssim_map, SSIM_LOOK)
    return picture


def cam_picture(cam: NDArray[Any], size: tuple[int, int]) -> Picture:
    """A CAM (h, w) brought to the size (H, W) of its image: uint8 (H, W, 3), red above zero."""
    whole = PIL.Image.fromarray(relative(cam).astype(np.float32)).resize(
        (size[1], size[0]), PIL.Image.Resampling.BILINEAR
    )
    return _coloured(np.asarray(whole), CAM_LOOK)


def overlay_picture(cam: NDArray[Any], clean: Picture) -> Picture:
    """:func:`cam_picture` over the image, uint8 (H, W, 3), in grey."""
    grey = clean.mean(axis=2, keepdims=True)
    coloured = cam_picture(cam, (clean.shape[0], clean.shape[1]))
    mixed: Picture = np.round((1 - CAM_ALPHA) * grey + CAM_ALPHA * coloured).astype(np.uint8)
    return mixed


def _coloured(values: NDArray[Any], look: Mapping[str, Any]) -> Picture:
    norm = mpl.colors.Normalize(look["vmin"], look["vmax"])
    rgb: Picture = mpl.colormaps[look["cmap"]](norm(values), bytes=True)[..., :3]
    return rgb
