"""Preconditioner of the first-order solver: diagonals of A on four grids (Bramble, Pasciak, Xu).

Over flat image areas A hardly punishes a smooth change, so methods that see A through its diagonal
need many iterations there. On a coarser grid a smooth change is large in the diagonal. The grids
lie 1, 4, 12 and 36 pixels apart; with P interpolating from one of them linearly, the correction is
the sum of P diag(P'AP)^-1 P' r over the grids.
"""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from ssimball.ball.quadratic import QuadraticBall
from ssimball.ssim.windows import Window

#: Distance of the nodes of each coarse grid, in those of the grid before.
STEPS = (4, 3, 3)
#: The grids partly correct the same error; each coarse one counts for this much.
SHARE = 0.25
#: Diagonals of A are 0 where no window reaches; any positive number will do there.
LEAST = 1e-3


@dataclass(frozen=True)
class Grid:
    """A coarse grid.

    Attributes:
        rows, columns: linear interpolation to the next finer grid along each axis, (n, m).
        inverse: SHARE over the diagonal of P'AP at each node, (B, C, m, m').
    """

    rows: Tensor
    columns: Tensor
    inverse: Tensor


def fine_inverse(ball: QuadraticBall) -> Tensor:
    """Preconditioner on the pixels themselves, (B, C, H, W)."""
    return 1 / ball.diagonal.clamp_min(LEAST)


def coarse_grids(ball: QuadraticBall) -> list[Grid]:
    """Coarse grids of a ball, from fine to coarse."""
    height, width = ball.diagonal.shape[-2:]
    kind = (ball.window, ball.weight.dtype, ball.weight.device)
    grids: list[Grid] = []
    for rows, columns in zip(along(height, *kind), along(width, *kind), strict=True):
        # The windowed mean of an interpolated value is the product of two means along the axes.
        own = rows.squares.mT @ ball.diagonal @ columns.squares
        own += rows.squares_of_means.mT @ ball.weight @ columns.squares_of_means
        grids.append(Grid(rows.down, columns.down, SHARE / own.clamp_min(LEAST)))
    return grids


@dataclass(frozen=True)
class AxisWeights:
    """A grid along one axis: interpolation to the next finer grid, and on to the pixels, squared.

    Attributes:
        down: (n, m).
        squares: of the weights of pixels, (side, m).
        squares_of_means: of windowed means of those weights, (positions, m).
    """

    down: Tensor
    squares: Tensor
    squares_of_means: Tensor


@lru_cache(maxsize=16)
def along(side: int, window: Window, dtype: torch.dtype, device: torch.device) -> list[AxisWeights]:
    axes: list[AxisWeights] = []
    weights = torch.eye(side, dtype=torch.float64)
    for step in STEPS:
        down = interpolation(weights.shape[1], step)
        weights = weights @ down
        means = torch.zeros(window.positions(side), weights.shape[1], dtype=torch.float64)
        for k, tap in enumerate(window.taps):
            means += tap * weights[k : side - window.size + 1 + k : window.stride]
        parts = (down, weights.square(), means.square())
        axes.append(AxisWeights(*(part.to(device, dtype) for part in parts)))
    return axes


def coarse_correction(grids: list[Grid], r: Tensor) -> Tensor:
    """What the coarse grids together make of a residual ``r`` (B, C, H, W), same shape."""
    grid, coarser = grids[0], grids[1:]
    restricted = grid.rows.mT @ r @ grid.columns
    found = restricted * grid.inverse
    if coarser:
        found = found + coarse_correction(coarser, restricted)
    return grid.rows @ found @ grid.columns.mT


def interpolation(side: int, step: int) -> Tensor:
    """Weights (side, m) of linear interpolation from m nodes; constant beyond the last ones."""
    nodes = -(-side // step)
    spacing = side / nodes
    centres = (torch.arange(nodes, dtype=torch.float64) + 0.5) * spacing - 0.5
    distance = (torch.arange(side)[:, None] - centres).abs() / spacing
    weights = (1 - distance).clamp_min(0)
    return weights / weights.sum(1, keepdim=True)
