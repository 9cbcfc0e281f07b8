"""Encode and decode the lossless PNG bytes in which stored tables hold images."""

import io

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """Return the PNG bytes of an image, uint8 (H, W, 3) or (H, W)."""
    stream = io.BytesIO()
    PIL.Image.fromarray(image).save(stream, "PNG")
    return stream.getvalue()


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
    return torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1))).double() / 255


def to_8_bit(image: torch.Tensor) -> NDArray[np.uint8]:
    """Convert float (3, H, W) to uint8 (H, W, 3), clipped to [0, 1] and rounded to nearest.

    Examples:
        >>> to_8_bit(torch.tensor([0.2, 0.5, 1.7]).reshape(3, 1, 1)).ravel().tolist()
        [51, 128, 255]
    """
    levels = (image.detach().double().clamp(0, 1) * 255).round().to(torch.uint8)
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())
