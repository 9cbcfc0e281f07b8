"""Preconditioner of the first-order solver: diagonals of A on four grids (Bramble, Pasciak, Xu).

Over flat image areas A hardly punishes a smooth change, so methods that see A through its diagonal
need many iterations there. On a coarser grid a smooth change is large in the diagonal. The grids
lie 1, 4, 12 and 36 pixels apart; with P interpolating from one of them linearly, the correction is
the sum of P diag(P'AP)^-1 P' r over the grids.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ssimball.quadratic import QuadraticBall

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
    grids: list[Grid] = []
    rows, columns = (torch.eye(side).to(ball.diagonal) for side in ball.diagonal.shape[-2:])
    for step in STEPS:
        finer = (rows.shape[1], columns.shape[1])
        down, along = (interpolation(side, step).to(rows) for side in finer)
        rows, columns = rows @ down, columns @ along
        # The windowed mean of an interpolated value is the product of two means along the axes.
        means = [_means(ball, weights) for weights in (rows, columns)]
        diagonal = rows.square().mT @ ball.diagonal @ columns.square()
        diagonal += means[0].square().mT @ ball.weight @ means[1].square()
        grids.append(Grid(down, along, SHARE / diagonal.clamp_min(LEAST)))
    return grids


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


def _means(ball: QuadraticBall, weights: Tensor) -> Tensor:
    """Windowed means along one axis: (side, m) to (positions, m)."""
    window = ball.window
    return sum(
        tap * weights[k : len(weights) - window.size + 1 + k : window.stride]
        for k, tap in enumerate(window.taps)
    )
