"""The operator W of SSIM: the mean over a sliding window, and its adjoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from ssimball.ssim.filters import windowed_mean


@dataclass(frozen=True)
class Window:
    """A separable square window with symmetric weights, applied per channel at valid positions.

    Attributes:
        taps: weights along one axis, summing to 1.
        stride: step between positions, in pixels.
    """

    taps: tuple[float, ...]
    stride: int = 1

    @property
    def size(self) -> int:
        """Side of the window in pixels."""
        return len(self.taps)

    def positions(self, side: int) -> int:
        """Number of positions along a side of so many pixels.

        Raises:
            ValueError: the side is shorter than the window.
        """
        if side < self.size:
            raise ValueError(f"a side of {side} pixels is shorter than the window of {self.size}")
        return (side - self.size) // self.stride + 1

    def covers(self, side: int) -> bool:
        """Whether every pixel of a side lies in some window."""
        fits = side >= self.size >= self.stride
        return fits and (side - self.size) % self.stride == 0

    def mean(self, x: Tensor) -> Tensor:
        """W x: (..., H, W) to (..., positions(H), positions(W)). Differentiable.

        Raises:
            ValueError: the image is smaller than the window.
        """
        self.positions(min(x.shape[-2:]))
        dense: Tensor = _Mean.apply(x, self.taps)
        return dense if self.stride == 1 else dense[..., :: self.stride, :: self.stride]

    def adjoint(self, y: Tensor, size: Sequence[int]) -> Tensor:
        """W' y: (..., positions(H), positions(W)) to (..., H, W) with ``size`` (H, W)."""
        spread: Tensor = _Adjoint.apply(self.dense(y, size), self.taps)
        return spread

    def dense(self, y: Tensor, size: Sequence[int]) -> Tensor:
        """Values (..., positions(H), positions(W)) at every position of stride 1, 0 between."""
        if self.stride == 1:
            return y
        height, width = (side - self.size + 1 for side in size)
        dense = y.new_zeros(*y.shape[:-2], height, width)
        dense[..., :: self.stride, :: self.stride] = y
        return dense


def gaussian(size: int = 11, sigma: float = 1.5, stride: int = 1) -> Window:
    """Gaussian window; the default is that of Wang et al. (2004)."""
    offsets = np.arange(size) - (size - 1) / 2
    taps = np.exp(-0.5 * (offsets / sigma) ** 2)
    return Window(tuple((taps / taps.sum()).tolist()), stride)


def uniform(size: int, stride: int = 1) -> Window:
    """Uniform window; with ``stride`` equal to ``size`` the windows are disjoint."""
    return Window((1 / size,) * size, stride)


#: The window of every SSIM that is reported.
SSIM_WINDOW = gaussian()


class _Mean(torch.autograd.Function):
    """W at stride 1. Its derivative is the adjoint, and the other way round."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, taps: tuple[float, ...]) -> Tensor:
        ctx.taps = taps
        return _filter(x, taps)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return _Adjoint.apply(gradients[0], ctx.taps), None


class _Adjoint(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, y: Tensor, taps: tuple[float, ...]) -> Tensor:
        ctx.taps = taps
        # The taps are symmetric, so the adjoint is the mean of y with zeros around it.
        return _filter(pad(y, [len(taps) - 1] * 4), taps)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return _Mean.apply(gradients[0], ctx.taps), None


def _filter(x: Tensor, taps: tuple[float, ...]) -> Tensor:
    if x.device.type == "cpu":
        planes = x.detach().reshape(-1, *x.shape[-2:]).contiguous()
        found = torch.from_numpy(windowed_mean(planes.numpy(), taps))
        return found.reshape(*x.shape[:-2], *found.shape[-2:])
    # On a GPU dense matrix products use the hardware best.
    rows, columns = (_banded(side, taps, x.dtype, x.device) for side in x.shape[-2:])
    return rows @ x @ columns.mT


@lru_cache(maxsize=16)
def _banded(side: int, taps: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """(side - n + 1, side): row i holds the n taps from column i on."""
    matrix = torch.zeros(side - len(taps) + 1, side, dtype=torch.float64)
    for offset, tap in enumerate(taps):
        matrix.diagonal(offset).fill_(tap)
    return matrix.to(device, dtype)
