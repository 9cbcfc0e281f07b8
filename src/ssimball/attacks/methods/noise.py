"""Random noise of equal strength at every pixel: a control without any gradient.

    x' = clip(x + epsilon n),   n uniform on {-1, 1} or standard normal, value by value

The noise depends neither on the image nor on the network nor on a target.
"""

import numpy as np
import torch
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Batch
from ssimball.config.attacks.controls import NoiseConfig


def attack(model: nn.Module, batch: Batch, settings: NoiseConfig) -> AttackResult:
    """Add noise and clip to [0, 1], without using the network; see :class:`Attack`."""
    shape = batch.images.shape[1:]
    noise = torch.stack([_unit_noise(rng, shape, settings.kind) for rng in batch.rng])
    d = settings.epsilon * noise.to(batch.images)
    return AttackResult((batch.images + d).clamp(0, 1))


def _unit_noise(rng: np.random.Generator, shape: tuple[int, ...], kind: str) -> Tensor:
    """Draw noise of standard deviation 1."""
    if kind == "gaussian":
        return torch.from_numpy(rng.standard_normal(shape))
    return torch.from_numpy(2.0 * rng.integers(0, 2, shape) - 1)
