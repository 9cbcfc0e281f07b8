"""The operator W of SSIM: the mean over a sliding window, and its adjoint.

There are two rules for the border. ``valid``: windows lie where they fit into the image, so that
pixels near the border lie in fewer windows than others. ``reflect``: the image continues as its
mirror image, the edge pixels repeated (``symmetric`` in numpy, ``reflect`` in scipy), and there is
a window around every pixel. Then each pixel has the same weight: W is symmetric, and its columns
sum to 1 as its rows do. That needs a pixel in the middle of a window, and windows at stride 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import pad

from ssimball.ssim.filters import windowed_mean

Boundary = Literal["valid", "reflect"]


@dataclass(frozen=True)
class Window:
    """A separable square window with symmetric weights, applied per channel.

    Attributes:
        taps: weights along one axis; they sum to 1.
        stride: step between positions, in pixels.
        boundary: rule for the border of an image.

    Raises:
        ValueError: windows that reflect have an even size or another stride than 1.
    """

    taps: tuple[float, ...]
    stride: int = 1
    boundary: Boundary = "valid"

    def __post_init__(self) -> None:
        """Check that the windows can reflect if they should."""
        if self.boundary == "reflect" and (self.size % 2 == 0 or self.stride > 1):
            raise ValueError(
                f"windows of {self.size} pixels at stride {self.stride} cannot reflect: only with "
                "an odd size and stride 1 does every pixel get the same weight; use valid"
            )

    @property
    def size(self) -> int:
        """Side of the window in pixels."""
        return len(self.taps)

    @property
    def margin(self) -> int:
        """Number of mirrored pixels around the image."""
        return self.size // 2 if self.boundary == "reflect" else 0

    @property
    def unstrided(self) -> "Window":
        """The same window at stride 1."""
        return replace(self, stride=1)

    def positions(self, side: int) -> int:
        """Return the number of positions along a side of ``side`` pixels.

        Raises:
            ValueError: the side is shorter than the window.
        """
        if side < self.size:
            raise ValueError(f"a side of {side} pixels is shorter than the window of {self.size}")
        return (side + 2 * self.margin - self.size) // self.stride + 1

    def covers(self, side: int) -> bool:
        """Return whether every pixel along a side lies in some window."""
        fits = side >= self.size >= self.stride
        return fits and (side - self.size) % self.stride == 0

    def matrix(self, side: int) -> NDArray[np.float64]:
        """Return W along an axis of ``side`` pixels, (positions, side)."""
        starts = np.arange(self.positions(side)) * self.stride - self.margin
        columns = starts[:, None] + np.arange(self.size)
        columns = np.where(columns < 0, -1 - columns, columns)
        columns = np.where(columns >= side, 2 * side - 1 - columns, columns)
        matrix = np.zeros((len(starts), side))
        np.add.at(matrix, (np.arange(len(starts))[:, None], columns), self.taps)
        return matrix

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
        means: Tensor = _Mean.apply(x, self.unstrided)
        return means if self.stride == 1 else means[..., :: self.stride, :: self.stride]

    def adjoint(self, y: Tensor, size: Sequence[int]) -> Tensor:
        """Return W' y, the adjoint of the mean; differentiable.

        Args:
            y: (..., positions(H), positions(W)).
            size: (H, W).

        Returns:
            (..., H, W).
        """
        spread: Tensor = _Adjoint.apply(self.dense(y, size), self.unstrided)
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


def gaussian(
    size: int = 11, sigma: float = 1.5, stride: int = 1, boundary: Boundary = "valid"
) -> Window:
    """Return a Gaussian window; the default is that of Wang et al. (2004)."""
    offsets = np.arange(size) - (size - 1) / 2
    taps = np.exp(-0.5 * (offsets / sigma) ** 2)
    return Window(tuple((taps / taps.sum()).tolist()), stride, boundary)


def uniform(size: int, stride: int = 1, boundary: Boundary = "valid") -> Window:
    """Return a uniform window; with ``stride`` equal to ``size`` the windows are disjoint."""
    return Window((1 / size,) * size, stride, boundary)


#: The window of every SSIM that is reported.
SSIM_WINDOW = gaussian()
#: The window of a ball, unless another is given: the same weights, around every pixel.
BALL_WINDOW = gaussian(boundary="reflect")


class _Mean(torch.autograd.Function):
    """W at stride 1. Its derivative is the adjoint, and vice versa."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, window: Window) -> Tensor:
        ctx.window = window
        return _filter(x, window)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return _Adjoint.apply(gradients[0], ctx.window), None


class _Adjoint(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, y: Tensor, window: Window) -> Tensor:
        ctx.window = window
        # The taps are symmetric, so the adjoint is the mean of y with zeros around it, and windows
        # that reflect are their own adjoint.
        zeros = window.size - 1 - 2 * window.margin
        return _filter(pad(y, [zeros] * 4), window)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        return _Mean.apply(gradients[0], ctx.window), None


def _filter(x: Tensor, window: Window) -> Tensor:
    if x.device.type == "cpu":
        planes = x.detach().reshape(-1, *x.shape[-2:]).contiguous()
        means = torch.from_numpy(windowed_mean(planes.numpy(), window.taps, window.margin))
        return means.reshape(*x.shape[:-2], *means.shape[-2:])
    # Dense matrix products use a GPU best.
    rows, columns = (_matrix(window, side, x.dtype, x.device) for side in x.shape[-2:])
    return rows @ x @ columns.mT


@lru_cache(maxsize=16)
def _matrix(window: Window, side: int, dtype: torch.dtype, device: torch.device) -> Tensor:
    return torch.from_numpy(window.matrix(side)).to(device, dtype)
