"""Lossless PNG bytes, the form in which stored tables hold images."""

import io

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray


def encode_png(image: NDArray[np.uint8]) -> bytes:
    """uint8 (H, W, 3) or (H, W) to PNG."""
    stream = io.BytesIO()
    PIL.Image.fromarray(image).save(stream, "PNG")
    return stream.getvalue()


def png_size(content: bytes) -> tuple[int, int]:
    """(H, W) of a PNG, from its header."""
    with PIL.Image.open(io.BytesIO(content)) as image:
        return image.height, image.width


def decode_png(content: bytes) -> NDArray[np.uint8]:
    """PNG to uint8 (H, W, 3) or (H, W)."""
    with PIL.Image.open(io.BytesIO(content)) as image:
        return np.asarray(image)


def to_tensor(rgb: NDArray[np.uint8]) -> torch.Tensor:
    """uint8 (H, W, 3) to float64 (3, H, W) in [0, 1]."""
    return torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1))).double() / 255


def to_8_bit(image: torch.Tensor) -> NDArray[np.uint8]:
    """Float (3, H, W), clipped to [0, 1], to uint8 (H, W, 3), rounding to the nearest level."""
    levels = (image.detach().double().clamp(0, 1) * 255).round().to(torch.uint8)
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())
