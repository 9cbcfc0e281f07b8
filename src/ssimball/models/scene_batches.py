"""Generated scenes as batches for training, and seeded training that is repeatable bit for bit."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import numpy as np
import torch
from torch import Tensor
from tqdm import tqdm

from ssimball.datasets.demo.scenes import render_scene


@contextmanager
def reproducible(seed: int, threads: int) -> Iterator[None]:
    """Fix seed, deterministic algorithms and thread count in the block, and restore them after.

    Args:
        seed: of torch's random numbers.
        threads: of torch; their number decides the order of a layer's sums.
    """
    before, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(True)
        try:
            yield
        finally:
            torch.set_num_threads(before)
            torch.use_deterministic_algorithms(strict)


def render_training_set(
    seed: int, scenes: int, progress: TextIO | None = None
) -> tuple[Tensor, Tensor]:
    """Return the first scenes of the training split.

    Args:
        seed: of the scenes.
        scenes: how many, N.
        progress: where a progress bar is written; none by default.

    Returns:
        Images, uint8 (N, 224, 224, 3), and labels, int64 (N,).
    """
    indices = tracked(range(scenes), "rendering", progress)
    rendered = [render_scene(seed, index, "train") for index in indices]
    images = torch.from_numpy(np.stack([scene.rgb for scene in rendered]))
    return images, torch.tensor([scene.label for scene in rendered])


def network_input(images: Tensor) -> Tensor:
    """Convert uint8 (B, H, W, 3) to float (B, 3, H, W) in [-1, 1], channels last in memory."""
    return (images.permute(0, 3, 1, 2).float() / 255 - 0.5) / 0.5


def augmented(images: Tensor, size: int) -> Tensor:
    """Crop the batch to ``size``; flip each image and change its contrast and brightness."""
    count = len(images)
    top, left = torch.randint(images.shape[1] - size + 1, (2,)).tolist()
    x = network_input(images[:, top : top + size, left : left + size])
    x = torch.where(torch.rand(count, 1, 1, 1) < 0.5, x.flip(3), x)
    x = torch.where(torch.rand(count, 1, 1, 1) < 0.5, x.flip(2), x)
    contrast = 0.8 + 0.4 * torch.rand(count, 1, 1, 1)
    brightness = 0.3 * (torch.rand(count, 1, 1, 1) - 0.5)
    return (x * contrast + brightness).contiguous(memory_format=torch.channels_last)


def tracked(items: Any, label: str, progress: TextIO | None) -> Any:
    """Wrap ``items`` in a progress bar on ``progress``; without one if it is None."""
    return tqdm(items, desc=label, file=progress, disable=progress is None, mininterval=5)
