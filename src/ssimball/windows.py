"""The operator W of SSIM: the mean over a sliding window, and its adjoint."""

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

SIZE = 11
SIGMA = 1.5


def gaussian_taps(size: int = SIZE, sigma: float = SIGMA) -> np.ndarray:
    """The window of Wang et al. (2004) along one axis, float64 (size,), summing to 1."""
    offsets = np.arange(size) - (size - 1) / 2
    taps = np.exp(-0.5 * (offsets / sigma) ** 2)
    return np.asarray(taps / taps.sum())


class Window:
    """Windowed mean at valid positions, per channel, for images of one size.

    W is separable. Each axis is a product with a banded matrix, stored dense: on a CPU that is
    several times faster than a small convolution.

    Args:
        height, width: of the images, in pixels, at least 11.
    """

    def __init__(
        self,
        height: int,
        width: int,
        dtype: torch.dtype = torch.float64,
        device: torch.device | str = "cpu",
    ) -> None:
        self._rows = _banded(height).to(device, dtype)
        self._columns_t = _banded(width).to(device, dtype).T.contiguous()
        self._rows_t = self._rows.T.contiguous()
        self._columns = self._columns_t.T.contiguous()

    def mean(self, x: Tensor) -> Tensor:
        """W x: (..., H, W) to (..., H - 10, W - 10)."""
        return self._rows @ (x @ self._columns_t)

    def adjoint(self, y: Tensor) -> Tensor:
        """W' y: (..., H - 10, W - 10) to (..., H, W)."""
        return self._rows_t @ (y @ self._columns)


def window_for(x: Tensor) -> Window:
    """The window for images like ``x`` (..., H, W): its size, type and device."""
    return _cached(x.shape[-2], x.shape[-1], x.dtype, x.device)


@lru_cache(maxsize=8)
def _cached(height: int, width: int, dtype: torch.dtype, device: torch.device) -> Window:
    return Window(height, width, dtype, device)


def _banded(length: int) -> Tensor:
    """Float64 (length - 10, length): row i holds the taps at columns i to i + 10."""
    if length < SIZE:
        raise ValueError(f"a side of {length} pixels is shorter than the window of {SIZE}")
    matrix = torch.zeros(length - SIZE + 1, length, dtype=torch.float64)
    taps = torch.from_numpy(gaussian_taps())
    for row in range(matrix.shape[0]):
        matrix[row, row : row + SIZE] = taps
    return matrix
