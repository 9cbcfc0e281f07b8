"""Encode and decode the lossless PNG bytes in which stored tables hold images."""

import io

import cv2
import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray

#: How PNGs are compressed: cheap filters, and Huffman codes after run lengths. Compared with
#: Pillow's defaults, images take 2 to 7 % more bytes, a seventh of the time to encode, and 40 %
#: less time to decode.
PNG_OPTIONS = (
    *(cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_RLE),
    *(cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FAST_FILTERS),
)


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """Return the PNG bytes of an image, uint8 (H, W, 3) or (H, W)."""
    # OpenCV expects blue, green, red.
    channels = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".png", channels, PNG_OPTIONS)[1].tobytes()


def png_size(content: bytes) -> tuple[int, int]:
    """Return (H, W) of a PNG from its header, without decoding it."""
    with PIL.Image.open(io.BytesIO(content)) as image:
        return image.height, image.width


def decode_png(content: bytes) -> NDArray[np.uint8]:
    """Return the image in PNG bytes, uint8 (H, W, 3) or (H, W)."""
    with PIL.Image.open(io.BytesIO(content)) as image:
        return np.asarray(image)


def to_tensor(rgb: NDArray[np.uint8]) -> torch.Tensor:
    """Convert uint8 (H, W, 3) to float64 (3, H, W) in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1))).double().div_(255)


def to_levels(image: torch.Tensor) -> torch.Tensor:
    """Round values, clipped to [0, 1], to the nearest of the grey levels 0 to 255, as float64."""
    return image.detach().double().clamp(0, 1).mul_(255).round_()


def to_8_bit(image: torch.Tensor) -> NDArray[np.uint8]:
    """Convert float (C, H, W) to uint8 (H, W, C), clipped to [0, 1] and rounded to nearest.

    Examples:
        >>> to_8_bit(torch.tensor([0.2, 0.5, 1.7]).reshape(3, 1, 1)).ravel().tolist()
        [51, 128, 255]
    """
    levels = to_levels(image).to(torch.uint8)
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())
