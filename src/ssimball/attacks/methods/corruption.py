"""Common corruptions (Hendrycks and Dietterich, ICLR 2019): changes that nobody chose to mislead.

Parameters are those of ImageNet-C, for x in [0, 1] and clipped to it:

- ``blur``: Gaussian of that standard deviation in pixels, cut off at 4, edges repeated
- ``jpeg``: JPEG of that quality, by Pillow (4:2:0)
- ``contrast``: (x - mean) c + mean, with the mean of each channel
- ``haze``: (x + c p) max / (max + c), with the largest value of x and a plasma fractal p in [0, 1];
  ImageNet-C calls it fog. A black image stays black.

What differs from ImageNet-C: nothing is rounded between steps, except that JPEG takes 8 bits, and
the result is not stored as JPEG of quality 85 but as PNG; images of any size are taken, the fractal
being as large as the next power of two (theirs: 256 for 224, the same); random numbers are the
image's own. No target makes a difference.
"""

import io

import numpy as np
import PIL.Image
import torch
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from torch import nn

from ssimball.attacks.interface import AttackResult, Batch
from ssimball.config.attacks.controls import CorruptionConfig
from ssimball.storage.images import to_8_bit

Image = NDArray[np.float64]

#: By severity, 1 to 5.
SIGMA = (1.0, 2.0, 3.0, 4.0, 6.0)
QUALITY = (25, 18, 15, 10, 7)
CONTRAST = (0.4, 0.3, 0.2, 0.1, 0.05)
HAZE = ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4))


def attack(model: nn.Module, batch: Batch, settings: CorruptionConfig) -> AttackResult:
    """The corrupted images; the network is not asked. See :class:`Attack`."""
    corrupted = [
        torch.from_numpy(_corrupted(image.cpu().double().numpy(), settings, rng))
        for image, rng in zip(batch.images, batch.rng, strict=True)
    ]
    return AttackResult(torch.stack(corrupted).clamp(0, 1).to(batch.images))


def _corrupted(x: Image, settings: CorruptionConfig, rng: np.random.Generator) -> Image:
    """One image (C, H, W)."""
    level = settings.severity - 1
    if settings.kind == "blur":
        return _blurred(x, SIGMA[level])
    if settings.kind == "jpeg":
        return _compressed(x, QUALITY[level])
    if settings.kind == "contrast":
        mean = x.mean((1, 2), keepdims=True)
        return np.asarray((x - mean) * CONTRAST[level] + mean)
    return _hazy(x, *HAZE[level], rng)


def _blurred(x: Image, sigma: float) -> Image:
    return np.asarray(gaussian_filter(x, (0, sigma, sigma), mode="nearest", truncate=4.0))


def _compressed(x: Image, quality: int) -> Image:
    stream = io.BytesIO()
    PIL.Image.fromarray(to_8_bit(torch.from_numpy(x))).save(stream, "JPEG", quality=quality)
    with PIL.Image.open(stream) as image:
        return np.asarray(image).transpose(2, 0, 1) / 255


def _hazy(x: Image, strength: float, decay: float, rng: np.random.Generator) -> Image:
    height, width = x.shape[1:]
    fractal = plasma(max(height, width), decay, rng)[:height, :width]
    return np.asarray((x + strength * fractal) * x.max() / (x.max() + strength))


def plasma(size: int, decay: float, rng: np.random.Generator) -> Image:
    """A plasma fractal by the diamond-square method, on a torus.

    Each round doubles the grid: the middle of each square gets the mean of its corners, then the
    middle of each side the mean of its four neighbours, both with uniform noise. The noise falls by
    decay² a round: in the original it is decay, multiplied in twice.

    Returns:
        (n, n) with values from 0 to 1, n the first power of two that is at least ``size``, and 2.
    """
    grid, amplitude = np.zeros((1, 1)), 1.0
    while len(grid) < max(size, 2):
        right, down = (grid + np.roll(grid, -1, axis) for axis in (1, 0))
        centre = _between(right + np.roll(right, -1, 0), amplitude, rng)
        fine = np.empty((2 * len(grid), 2 * len(grid)))
        fine[::2, ::2], fine[1::2, 1::2] = grid, centre
        fine[::2, 1::2] = _between(right + centre + np.roll(centre, 1, 0), amplitude, rng)
        fine[1::2, ::2] = _between(down + centre + np.roll(centre, 1, 1), amplitude, rng)
        grid, amplitude = fine, amplitude / decay**2
    grid -= grid.min()
    return np.asarray(grid / grid.max())


def _between(neighbours: Image, amplitude: float, rng: np.random.Generator) -> Image:
    """New heights from the sums of their four neighbours."""
    return neighbours / 4 + rng.uniform(-amplitude, amplitude, neighbours.shape)
