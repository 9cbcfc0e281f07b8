"""ADMM for a smooth loss with a group-sparse, small and bounded perturbation (Xu et al. 2019).

    minimise  F(d) + gamma ||d||² + tau sum_g ||d_g||   over  lower <= d <= upper

The groups g are square windows at a stride, each with all channels. The problem is split into

    F(z) + gamma ||d||² + tau sum_g ||y_g|| + [lower <= w <= upper],   z = d, z = w, z_g = y_g

With scaled multipliers u, v, s, penalty parameter rho, and n the number of windows that contain a
pixel, a step is

    d   = rho / (rho + 2 gamma) (z - u)
    w   = (z - v) clipped to [lower, upper]
    y_g = (1 - tau / (rho ||a_g||))₊ a_g,     a_g = z_g - s_g
    z   = (eta z - F'(z) + rho (d + u + w + v + sum_g (y_g + s_g))) / (eta + (2 + n) rho)
    u  += d - z,   v += w - z,   s_g += y_g - z_g

Here F is linearised at z, with the proximal term eta / 2 ||. - z||², eta = alpha sqrt(k) at step k.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, sqrt

import torch
from torch import Tensor
from torch.nn.functional import fold, pad, unfold


@dataclass(frozen=True)
class Groups:
    """Square windows that together cover an image; the last ones may extend beyond its edge.

    Attributes:
        window: side of a window, in pixels.
        stride: distance between neighbouring windows, in pixels; they overlap if it is below
            ``window``.
        height: height of the image, in pixels.
        width: width of the image, in pixels.
    """

    window: int
    stride: int
    height: int
    width: int

    @property
    def padded(self) -> tuple[int, int]:
        """Height and width of the union of the windows."""
        return self._extent(self.height), self._extent(self.width)

    def _extent(self, side: int) -> int:
        return ceil(max(side - self.window, 0) / self.stride) * self.stride + self.window

    def split(self, d: Tensor) -> Tensor:
        """Copy the pixels of each group: (B, C, H, W) to (B, pixels, groups)."""
        height, width = self.padded
        margins = (0, width - self.width, 0, height - self.height)
        return unfold(pad(d, margins), self.window, stride=self.stride)

    def add_up(self, copies: Tensor) -> Tensor:
        """Sum the copies of each pixel; the adjoint of :meth:`split`."""
        whole: Tensor = fold(copies, self.padded, self.window, stride=self.stride)
        return whole[..., : self.height, : self.width]

    def norms(self, d: Tensor) -> Tensor:
        """Return the l2 norm of each group, (B, groups)."""
        norms: Tensor = torch.linalg.vector_norm(self.split(d), dim=1)
        return norms

    def shrink(self, copies: Tensor, by: float) -> Tensor:
        """Shorten each group by a length, down to 0: the proximal map of the sum of norms."""
        length = torch.linalg.vector_norm(copies, dim=1, keepdim=True)
        smallest = torch.finfo(copies.dtype).tiny
        share: Tensor = (1 - by / length.clamp(min=smallest)).clamp(min=0)
        return copies * share

    def joined(self, copies: Tensor, counts: Tensor) -> Tensor:
        """Join the copies into one image: their mean, or 0 if one of them is 0.

        In the solution a pixel is 0 if one of its copies is.
        """
        nonzero = self.add_up((copies != 0).to(copies.dtype)) == counts
        return torch.where(nonzero, self.add_up(copies) / counts, 0.0)


@dataclass(frozen=True)
class Problem:
    """The objective without F, and the bounds.

    Attributes:
        groups: groups of pixels, over the last two axes.
        gamma: weight of the squared l2 norm.
        tau: weight of the sum of the groups' norms.
        lower: smallest perturbation, (B, C, H, W), at most 0.
        upper: largest perturbation, (B, C, H, W), at least 0.
    """

    groups: Groups
    gamma: float
    tau: float
    lower: Tensor
    upper: Tensor

    def penalty(self, d: Tensor) -> Tensor:
        """Return the value of the two penalties, without the bounds, (B,)."""
        return self.gamma * d.square().sum((1, 2, 3)) + self.tau * self.groups.norms(d).sum(1)


def steps(
    problem: Problem,
    gradient: Callable[[Tensor], Tensor],
    start: Tensor,
    rho: float,
    alpha: float,
) -> Iterator[Tensor]:
    """Yield the group-sparse copy of the solution, within the bounds, after each step, forever.

    Args:
        problem: the penalties and the bounds.
        gradient: F', from (B, C, H, W) to (B, C, H, W).
        start: the first z, (B, C, H, W).
        rho: penalty parameter.
        alpha: factor of the proximal weight eta.
    """
    groups, lower, upper = problem.groups, problem.lower, problem.upper
    z, u, v, s = start, 0 * start, 0 * start, 0 * groups.split(start)
    counts = groups.add_up(groups.split(torch.ones_like(start[:1])))
    k = 0
    while True:
        k += 1
        d = rho / (rho + 2 * problem.gamma) * (z - u)
        w = (z - v).clamp(lower, upper)
        y = groups.shrink(groups.split(z) - s, problem.tau / rho)
        eta = alpha * sqrt(k)
        pull = rho * (d + u + w + v + groups.add_up(y + s))
        z = (eta * z - gradient(z) + pull) / (eta + (2 + counts) * rho)
        u = u + d - z
        v = v + w - z
        s = s + y - groups.split(z)
        yield groups.joined(y, counts).clamp(lower, upper)
