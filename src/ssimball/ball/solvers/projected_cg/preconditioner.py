"""Preconditioner of the solver for model Q: diagonals of A on four grids (Bramble, Pasciak, Xu).

Over flat image areas A hardly penalises a smooth change, so methods that see A through its diagonal
need many iterations there. On a coarser grid a smooth change is large in the diagonal. The grids
have nodes 1, 4, 12 and 36 pixels apart; with P the linear interpolation from one of them, the
correction is the sum of P diag(P'AP)^-1 P' r over the grids.
"""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from ssimball.ball.quadratic import QuadraticBall
from ssimball.ssim.windows import Window

#: Distance of the nodes of each coarse grid, in nodes of the next finer grid.
STEPS = (4, 3, 3)
#: Weight of each coarse grid: the grids partly correct the same error.
SHARE = 0.25
#: Least diagonal entry. Diagonals of A are 0 where no window reaches; any positive number will do.
LEAST = 1e-3


@dataclass(frozen=True)
class Grid:
    """A coarse grid.

    Attributes:
        rows: linear interpolation to the next finer grid along the height, (n, m).
        columns: the same along the width, (n', m').
        inverse: SHARE over the diagonal of P'AP at each node, (B, C, m, m').
    """

    rows: Tensor
    columns: Tensor
    inverse: Tensor


def fine_inverse(ball: QuadraticBall) -> Tensor:
    """Return the preconditioner on the pixels themselves, (B, C, H, W)."""
    return 1 / ball.diagonal.clamp_min(LEAST)


def coarse_grids(ball: QuadraticBall) -> list[Grid]:
    """Return the coarse grids of a ball, from fine to coarse."""
    height, width = ball.diagonal.shape[-2:]
    options = (ball.window, ball.weight.dtype, ball.weight.device)
    both = zip(axis_weights(height, *options), axis_weights(width, *options), strict=True)
    grids: list[Grid] = []
    for rows, columns in both:
        # The windowed mean of an interpolated value is the product of two means along the axes.
        projected = rows.squares.mT @ ball.diagonal @ columns.squares
        projected += rows.squares_of_means.mT @ ball.weight @ columns.squares_of_means
        grids.append(Grid(rows.down, columns.down, SHARE / projected.clamp_min(LEAST)))
    return grids


@dataclass(frozen=True)
class AxisWeights:
    """A grid along one axis: interpolation to the next finer grid, and on to the pixels, squared.

    Attributes:
        down: interpolation to the next finer grid, (n, m).
        squares: squared weights of pixels, (side, m).
        squares_of_means: squares of the windowed means of those weights, (positions, m).
    """

    down: Tensor
    squares: Tensor
    squares_of_means: Tensor


@lru_cache(maxsize=16)
def axis_weights(
    side: int, window: Window, dtype: torch.dtype, device: torch.device
) -> list[AxisWeights]:
    """Return the weights of all coarse grids along an axis of ``side`` pixels."""
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
    """Return the correction of a residual ``r`` (B, C, H, W) by all coarse grids, same shape."""
    grid, coarser = grids[0], grids[1:]
    restricted = grid.rows.mT @ r @ grid.columns
    correction = restricted * grid.inverse
    if coarser:
        correction = correction + coarse_correction(coarser, restricted)
    return grid.rows @ correction @ grid.columns.mT


def interpolation(side: int, step: int) -> Tensor:
    """Return weights (side, m) of linear interpolation from m nodes; constant at the ends."""
    nodes = -(-side // step)
    spacing = side / nodes
    centres = (torch.arange(nodes, dtype=torch.float64) + 0.5) * spacing - 0.5
    distance = (torch.arange(side)[:, None] - centres).abs() / spacing
    weights = (1 - distance).clamp_min(0)
    return weights / weights.sum(1, keepdim=True)
