"""How an image, its change and its maps are shown, on contact sheets and alone."""

from collections.abc import Mapping
from typing import Any

import matplotlib as mpl
import numpy as np
import PIL.Image
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
#: Colours of SSIM maps, the same for all images.
SSIM_LOOK: Mapping[str, Any] = {"cmap": "inferno_r", "vmin": 0.9, "vmax": 1}
#: Colours of a CAM divided by its largest magnitude.
CAM_LOOK: Mapping[str, Any] = {"cmap": "RdBu_r", "vmin": -1, "vmax": 1}
#: Opacity of a CAM over its image in grey.
CAM_ALPHA = 0.6


def amplified(clean: Picture, adversarial: Picture, factor: float) -> NDArray[np.float64]:
    """Return the change of an image around grey: 0.5 + factor * change, clipped to [0, 1].

    Args:
        clean: the clean image, uint8 (H, W, 3).
        adversarial: the adversarial image, uint8 (H, W, 3).
        factor: of the change of images in [0, 1].
    """
    change = (adversarial.astype(np.float64) - clean) / 255
    shown: NDArray[np.float64] = np.clip(0.5 + factor * change, 0, 1)
    return shown


def relative(cam: NDArray[Any]) -> NDArray[Any]:
    """Return a CAM (h, w) divided by its largest magnitude, in [-1, 1]; zeros stay zeros."""
    scaled: NDArray[Any] = cam / (np.abs(cam).max() or 1.0)
    return scaled


def change_picture(clean: Picture, adversarial: Picture, factor: float) -> Picture:
    """Return :func:`amplified` as a picture, uint8 (H, W, 3)."""
    return np.round(255 * amplified(clean, adversarial, factor)).astype(np.uint8)


def ssim_picture(ssim_map: NDArray[np.float64], size: tuple[int, int]) -> Picture:
    """Return an SSIM map at its position on an image.

    Args:
        ssim_map: of contracts.maps.SSIM.
        size: (H, W) of the image.

    Returns:
        A picture, uint8 (H, W, 3); pixels at which no window is centred are white.
    """
    picture = np.full((*size, 3), 255, np.uint8)
    top, left = ((full - part) // 2 for full, part in zip(size, ssim_map.shape, strict=True))
    height, width = ssim_map.shape
    picture[top : top + height, left : left + width] = _coloured(ssim_map, SSIM_LOOK)
    return picture


def cam_picture(cam: NDArray[Any], size: tuple[int, int]) -> Picture:
    """Return a CAM (h, w) at the size (H, W) of its image, uint8 (H, W, 3), red above zero."""
    whole = PIL.Image.fromarray(relative(cam).astype(np.float32)).resize(
        (size[1], size[0]), PIL.Image.Resampling.BILINEAR
    )
    return _coloured(np.asarray(whole), CAM_LOOK)


def overlay_picture(cam: NDArray[Any], clean: Picture) -> Picture:
    """Return :func:`cam_picture` over the image in grey, uint8 (H, W, 3)."""
    grey = clean.mean(axis=2, keepdims=True)
    coloured = cam_picture(cam, (clean.shape[0], clean.shape[1]))
    mixed: Picture = np.round((1 - CAM_ALPHA) * grey + CAM_ALPHA * coloured).astype(np.uint8)
    return mixed


def _coloured(values: NDArray[Any], look: Mapping[str, Any]) -> Picture:
    norm = mpl.colors.Normalize(look["vmin"], look["vmax"])
    rgb: Picture = mpl.colormaps[look["cmap"]](norm(values), bytes=True)[..., :3]
    return rgb
