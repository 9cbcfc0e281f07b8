"""Random reorderings of an image's pixels, for controls that keep values and lose places."""

import numpy as np
import torch
from torch import Tensor

from ssimball.attacks.interface import Generators


def shuffled(values: Tensor, rng: Generators) -> Tensor:
    """The pixels of each image in random order, channels together.

    Args:
        values: (B, C, H, W).
        rng: one generator per image; each image has its own order.
    """
    return torch.stack([_shuffled(one, r) for one, r in zip(values, rng, strict=True)])


def _shuffled(values: Tensor, rng: np.random.Generator) -> Tensor:
    pixels = values.flatten(1)
    order = torch.from_numpy(rng.permutation(pixels.shape[1])).to(values.device)
    return pixels[:, order].reshape(values.shape)
