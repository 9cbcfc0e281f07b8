"""ADMM for a smooth loss with a group-sparse, small and bounded perturbation (Xu et al. 2019).

    minimise  F(d) + gamma ||d||² + tau sum_g ||d_g||   over  lower <= d <= upper

where the groups g are square windows, all channels together, at a stride. Split as

    F(z) + gamma ||d||² + tau sum_g ||y_g|| + [lower <= w <= upper],   z = d, z = w, z_g = y_g

with scaled multipliers u, v, s, a step is (rho: penalty; n: in how many windows a pixel lies)

    d   = rho / (rho + 2 gamma) (z - u)
    w   = (z - v) clipped to [lower, upper]
    y_g = (1 - tau / (rho ||a_g||))₊ a_g,     a_g = z_g - s_g
    z   = (eta z - F'(z) + rho (d + u + w + v + sum_g (y_g + s_g))) / (eta + (2 + n) rho)
    u  += d - z,   v += w - z,   s_g += y_g - z_g

in which F is linearised at z and kept near it by eta / 2 ||. - z||², eta = alpha sqrt(k) at step k.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil, sqrt

import torch
from torch import Tensor
from torch.nn.functional import fold, pad, unfold


@dataclass(frozen=True)
class Groups:
    """Square windows of an image that together cover it; the last ones may reach beyond its edge.

    Attributes:
        window: their side, in pixels.
        stride: pixels from one to the next; below ``window`` they overlap.
        height, width: of the image.
    """

    window: int
    stride: int
    height: int
    width: int

    @property
    def padded(self) -> tuple[int, int]:
        """Height and width of the union of the windows."""
        return self._reach(self.height), self._reach(self.width)

    def _reach(self, side: int) -> int:
        return ceil(max(side - self.window, 0) / self.stride) * self.stride + self.window

    def split(self, d: Tensor) -> Tensor:
        """A copy of the pixels of each group: (B, C, H, W) to (B, pixels, groups)."""
        height, width = self.padded
        beyond = (0, width - self.width, 0, height - self.height)
        return unfold(pad(d, beyond), self.window, stride=self.stride)

    def add_up(self, copies: Tensor) -> Tensor:
        """The adjoint: each pixel the sum of its copies."""
        whole: Tensor = fold(copies, self.padded, self.window, stride=self.stride)
        return whole[..., : self.height, : self.width]

    def norms(self, d: Tensor) -> Tensor:
        """l2 norm of each group, (B, groups)."""
        norms: Tensor = torch.linalg.vector_norm(self.split(d), dim=1)
        return norms

    def shrink(self, copies: Tensor, by: float) -> Tensor:
        """Each group moved towards 0 by a length: the proximal map of the sum of norms."""
        length = torch.linalg.vector_norm(copies, dim=1, keepdim=True)
        smallest = torch.finfo(copies.dtype).tiny
        share: Tensor = (1 - by / length.clamp(min=smallest)).clamp(min=0)
        return copies * share

    def joined(self, copies: Tensor, counts: Tensor) -> Tensor:
        """One image of the copies: their mean; 0 where one of them is, as in the solution."""
        alive = self.add_up((copies != 0).to(copies.dtype)) == counts
        return torch.where(alive, self.add_up(copies) / counts, 0.0)


@dataclass(frozen=True)
class Problem:
    """What is minimised beside F.

    Attributes:
        groups: of the last two axes.
        gamma, tau: weights.
        lower, upper: (B, C, H, W), with lower <= 0 <= upper.
    """

    groups: Groups
    gamma: float
    tau: float
    lower: Tensor
    upper: Tensor

    def penalty(self, d: Tensor) -> Tensor:
        """Its value, without the bounds, (B,)."""
        return self.gamma * d.square().sum((1, 2, 3)) + self.tau * self.groups.norms(d).sum(1)


def steps(
    problem: Problem,
    gradient: Callable[[Tensor], Tensor],
    start: Tensor,
    rho: float,
    alpha: float,
) -> Iterator[Tensor]:
    """After each step the group-sparse copy of the solution, within the bounds; without end.

    Args:
        gradient: F', from and to (B, C, H, W).
        start: the first z, (B, C, H, W).
        rho: penalty parameter.
        alpha: of eta.
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
