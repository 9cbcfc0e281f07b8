"""The operator W of SSIM: the mean over a sliding window, and its adjoint."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from ssimball.errors import AttackError
from ssimball.ssim.filters import windowed_mean


@dataclass(frozen=True)
class Window:
    """A separable square window with symmetric weights, applied per channel at valid positions.

    Attributes:
        taps: weights along one axis; they sum to 1.
        stride: step between positions, in pixels.
    """

    taps: tuple[float, ...]
    stride: int = 1

    @property
    def size(self) -> int:
        """Side of the window in pixels."""
        return len(self.taps)

    def positions(self, side: int) -> int:
        """Return the number of positions along a side of ``side`` pixels.

        Raises:
            ValueError: the side is shorter than the window.
        """
        if side < self.size:
            raise ValueError(f"a side of {side} pixels is shorter than the window of {self.size}")
        return (side - self.size) // self.stride + 1

    def covers(self, side: int) -> bool:
        """Return whether every pixel along a side lies in some window."""
        fits = side >= self.size >= self.stride
        return fits and (side - self.size) % self.stride == 0

    def mean(self, x: Tensor) -> Tensor:
        """Return W x, the mean in each window; differentiable.

        Args:
            x: (..., H, W).

        Returns:
            (..., positions(H), positions(W)).

        Raises:
            ValueError: the image is smaller than the window.
        """
        self.positions(min(x.shape[-2:]))
        dense: Tensor = _Mean.apply(x, self.taps)
        return dense if self.stride == 1 else dense[..., :: self.stride, :: self.stride]

    def adjoint(self, y: Tensor, size: Sequence[int]) -> Tensor:
        """Return W' y, the adjoint of the mean; differentiable.

        Args:
            y: (..., positions(H), positions(W)).
            size: (H, W).

        Returns:
            (..., H, W).
        """
        spread: Tensor = _Adjoint.apply(self.dense(y, size), self.taps)
        return spread

    def dense(self, y: Tensor, size: Sequence[int]) -> Tensor:
        """Return values at every position of stride 1, with 0 between those of ``y``.

        Args:
            y: (..., positions(H), positions(W)).
            size: (H, W).
        """
        if self.stride == 1:
            return y
        height, width = (side - self.size + 1 for side in size)
        dense = y.new_zeros(*y.shape[:-2], height, width)
        dense[..., :: self.stride, :: self.stride] = y
        return dense


def check_cover(shape: Sequence[int], window: Window) -> None:
    """Refuse windows that leave pixels uncovered, because no constraint would bound those.

    Args:
        shape: of an image, (..., H, W).
        window: where similarity is measured.

    Raises:
        AttackError: the windows leave pixels uncovered; the message names window and side.
    """
    for side in shape[-2:]:
        if not window.covers(side):
            raise AttackError(
                f"windows of {window.size} pixels at stride {window.stride} do not cover a side "
                f"of {side} pixels; choose a stride that divides {side} - size"
            )


def gaussian(size: int = 11, sigma: float = 1.5, stride: int = 1) -> Window:
    """Return a Gaussian window; the default is that of Wang et al. (2004)."""
    offsets = np.arange(size) - (size - 1) / 2
    taps = np.exp(-0.5 * (offsets / sigma) ** 2)
    return Window(tuple((taps / taps.sum()).tolist()), stride)


def uniform(size: int, stride: int = 1) -> Window:
    """Return a uniform window; with ``stride`` equal to ``size`` the windows are disjoint."""
    return Window((1 / size,) * size, stride)


#: The window of every SSIM that is reported.
SSIM_WINDOW = gaussian()


class _Mean(torch.autograd.Function):
    """W at stride 1. Its derivative is the adjoint, and vice versa."""

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
        means = torch.from_numpy(windowed_mean(planes.numpy(), taps))
        return means.reshape(*x.shape[:-2], *means.shape[-2:])
    # Dense matrix products use a GPU best.
    rows, columns = (_banded(side, taps, x.dtype, x.device) for side in x.shape[-2:])
    return rows @ x @ columns.mT


@lru_cache(maxsize=16)
def _banded(side: int, taps: tuple[float, ...], dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return a matrix (side - n + 1, side) whose row i holds the n taps from column i on."""
    matrix = torch.zeros(side - len(taps) + 1, side, dtype=torch.float64)
    for offset, tap in enumerate(taps):
        matrix.diagonal(offset).fill_(tap)
    return matrix.to(device, dtype)
