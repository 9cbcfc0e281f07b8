"""Mean and smallest SSIM of two images, without storing their SSIM map."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ssimball.ssim.compiled_ssim import compare
from ssimball.ssim.index import ImageStatistics, image_statistics
from ssimball.ssim.windows import SSIM_WINDOW

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Similarity:
    """SSIM of two images, one value per plane, float64 (P,).

    Attributes:
        mean: mean SSIM over the windows.
        least: smallest SSIM of any window.
        structure: mean over the windows of S2, the term of contrast and structure.
    """

    mean: Array
    least: Array
    structure: Array

    @classmethod
    def from_totals(cls, totals: Array, windows: int) -> "Similarity":
        """Return the similarity from sums over windows.

        Args:
            totals: the sum of 1 - SSIM, its largest value, and the sum of 1 - S2; (3, P).
            windows: the number of windows.
        """
        return cls(1 - totals[0] / windows, 1 - totals[1], 1 - totals[2] / windows)

    @property
    def overall(self) -> float:
        """Mean SSIM over windows and planes."""
        return float(self.mean.mean())


def similarity(
    x: Tensor,
    y: Tensor,
    image: ImageStatistics | None = None,
    windows: NDArray[np.bool_] | None = None,
) -> Similarity:
    """Return the similarity of two stacks of planes.

    Args:
        x: planes in [0, 1], float64 (P, H, W) on the CPU.
        y: planes of the same shape and kind.
        image: statistics of ``x``, if known.
        windows: the windows that count, bool (H - 10, W - 10), at least one; None for all.
    """
    image = image_statistics(x) if image is None else image
    mean, variance = image.mean.numpy(), image.variance.numpy()
    weights = np.ones(mean.shape[1:]) if windows is None else windows.astype(np.float64)
    d = (y - x).numpy()
    totals = compare(x.numpy(), d, mean, variance, weights, SSIM_WINDOW.taps)
    return Similarity.from_totals(totals, int(weights.sum()))
