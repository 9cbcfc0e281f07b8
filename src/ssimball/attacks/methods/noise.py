"""Noise of either sign or Gaussian, as much at every pixel: what overlap is without any gradient.

    x' = clip(x + epsilon n),   n uniform on {-1, 1} or standard normal, value by value

Of images and network it knows nothing, so a target is nothing to it either.
"""

import numpy as np
import torch
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Batch
from ssimball.config.attacks.controls import NoiseConfig


def attack(model: nn.Module, batch: Batch, settings: NoiseConfig) -> AttackResult:
    """Noise clipped to [0, 1]; the network is not asked. See :class:`Attack`."""
    shape = batch.images.shape[1:]
    noise = torch.stack([_unit(rng, shape, settings.kind) for rng in batch.rng])
    d = settings.epsilon * noise.to(batch.images)
    return AttackResult((batch.images + d).clamp(0, 1))


def _unit(rng: np.random.Generator, shape: tuple[int, ...], kind: str) -> Tensor:
    """Noise of standard deviation 1."""
    if kind == "gaussian":
        return torch.from_numpy(rng.standard_normal(shape))
    return torch.from_numpy(2.0 * rng.integers(0, 2, shape) - 1)
