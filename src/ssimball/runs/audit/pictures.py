"""Stored pictures, decoded once for the checks that need the same ones."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ssimball.storage.images import decode_png, to_tensor

#: Pictures that are remembered: more than two shards of clean and adversarial images.
PICTURES = 256


@lru_cache(maxsize=PICTURES)
def levels(png: bytes) -> NDArray[np.uint8]:
    """Return the grey levels of a stored picture, uint8 (H, W, 3) or (H, W), read-only.

    Raises:
        ArtifactError: the picture is damaged.
    """
    decoded = decode_png(png)
    decoded.flags.writeable = False
    return decoded


def image_of(png: bytes) -> Tensor:
    """Return a stored picture, float64 (3, H, W) in [0, 1]; the arguments are those of levels."""
    return to_tensor(levels(png))
