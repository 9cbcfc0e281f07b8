"""Common corruptions (Hendrycks and Dietterich, ICLR 2019): changes not designed to mislead.

The parameters are those of ImageNet-C, for x in [0, 1]; results are clipped to [0, 1]:

- ``blur``: a Gaussian whose standard deviation is given in pixels, truncated at 4 standard
  deviations; edges are repeated.
- ``jpeg``: JPEG of the given quality, by Pillow (4:2:0).
- ``contrast``: (x - mean) c + mean, with the mean of each channel.
- ``haze``: (x + c p) max / (max + c), with the largest value of x and a plasma fractal p in [0, 1];
  ImageNet-C calls it fog. A black image stays black.

Differences from ImageNet-C: nothing is rounded between steps, except that JPEG takes 8 bits. The
result is stored as PNG, not as JPEG of quality 85. Images can have any size; the fractal is as
large as the next power of two (in ImageNet-C, 256 for 224, which is the same). Random numbers come
from the image's own generator. A target makes no difference.
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

# Parameters by severity, 1 to 5.
#: Standard deviation of the blur, in pixels.
SIGMA = (1.0, 2.0, 3.0, 4.0, 6.0)
#: Quality of JPEG.
QUALITY = (25, 18, 15, 10, 7)
#: Factor c of the contrast.
CONTRAST = (0.4, 0.3, 0.2, 0.1, 0.05)
#: Strength c of the haze, and decay of the noise of its fractal.
HAZE = ((1.5, 2.0), (2.0, 2.0), (2.5, 1.7), (2.5, 1.5), (3.0, 1.4))


def attack(model: nn.Module, batch: Batch, settings: CorruptionConfig) -> AttackResult:
    """Corrupt the images, without using the network; see :class:`Attack`."""
    corrupted = [
        torch.from_numpy(_corrupted(image.cpu().double().numpy(), settings, rng))
        for image, rng in zip(batch.images, batch.rng, strict=True)
    ]
    return AttackResult(torch.stack(corrupted).clamp(0, 1).to(batch.images))


def _corrupted(x: Image, settings: CorruptionConfig, rng: np.random.Generator) -> Image:
    """Return a corrupted image, (C, H, W)."""
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
    """Return a plasma fractal by the diamond-square method, on a torus.

    Each round doubles the grid. The centre of each square gets the mean of its corners, then the
    middle of each side gets the mean of its four neighbours, both with uniform noise. The noise
    falls by decay² per round; the original divides by decay twice per round.

    Args:
        size: smallest side of the fractal.
        decay: the noise is divided by the square of this per round.
        rng: source of the noise.

    Returns:
        (n, n) with values from 0 to 1, where n is the first power of two from 2 on that is at least
        ``size``.
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
    """Return new heights from the sums of their four neighbours."""
    return neighbours / 4 + rng.uniform(-amplitude, amplitude, neighbours.shape)
