"""Lossless PNG bytes, the form in which stored tables hold images."""

import io

import numpy as np
import PIL.Image
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
