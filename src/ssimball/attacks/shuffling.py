"""Random permutations of an image's pixels, for controls that keep values but not positions."""

import numpy as np
import torch
from torch import Tensor

from ssimball.attacks.interface import Generators


def shuffled(values: Tensor, rng: Generators) -> Tensor:
    """Return the pixels of each image in random order, keeping the channels of a pixel together.

    Args:
        values: (B, C, H, W).
        rng: one generator per image; each image gets its own order.
    """
    pairs = zip(values, rng, strict=True)
    return torch.stack([_shuffled(image, image_rng) for image, image_rng in pairs])


def _shuffled(values: Tensor, rng: np.random.Generator) -> Tensor:
    pixels = values.flatten(1)
    order = torch.from_numpy(rng.permutation(pixels.shape[1])).to(values.device)
    return pixels[:, order].reshape(values.shape)
