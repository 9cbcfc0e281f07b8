"""Preconditioner of the solver for model Q: the diagonal of A, and multigrid for smooth changes.

Over flat image areas A hardly penalises a smooth change, so methods that see A through its diagonal
need many iterations there. The variance of a smooth d in a window is about s |grad d|², with s the
variance of the window's weights along an axis, so for smooth changes

    d'Ad is about the sum of s (W'a) |grad d|² + (W'b) d² over the pixels.

This form is discretised on grids with nodes 4, 8 and 16 pixels apart, each a five-point stencil. A
V-cycle (Trottenberg, Oosterlee, Schüller 2001) solves it approximately, and its correction,
interpolated linearly to the pixels, is added to that of the diagonal.
"""

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor

from ssimball.ball.quadratic import QuadraticBall
from ssimball.ssim.windows import Window

#: Distance of the nodes of each coarse grid, in nodes of the next finer grid.
STEPS = (4, 2, 2)
#: Lengths of the steps that smooth a grid on the way down; on the way up their order is reversed.
SMOOTHING = (1.38, 0.6)
#: Rounds of that smoothing on the last grid, down and up.
LAST_ROUNDS = 2
#: Least diagonal entry. Diagonals of A are 0 where no window reaches; any positive number will do.
LEAST = 1e-3


@dataclass(frozen=True)
class Grid:
    """A coarse grid and its matrix, a five-point stencil with coefficients that vary.

    Attributes:
        rows: linear interpolation to the next finer grid along the height, (n, m).
        columns: the same along the width, (n', m').
        inverse: of the diagonal, (B, C, m, m').
        down: minus the entry that couples a node to the one below it, (B, C, m - 1, m').
        right: minus the entry that couples a node to the one to its right, (B, C, m, m' - 1).
    """

    rows: Tensor
    columns: Tensor
    inverse: Tensor
    down: Tensor
    right: Tensor


def fine_inverse(ball: QuadraticBall) -> Tensor:
    """Return the preconditioner on the pixels themselves, (B, C, H, W)."""
    return 1 / ball.diagonal.clamp_min(LEAST)


def coarse_grids(ball: QuadraticBall) -> list[Grid]:
    """Return the coarse grids of a ball, from fine to coarse."""
    size = (ball.diagonal.shape[-2], ball.diagonal.shape[-1])
    options = (ball.window, ball.weight.dtype, ball.weight.device)
    first = [axis_weights(side, *options) for side in size]
    a = first[0].down.mT @ ball.diagonal @ first[1].down
    b = a + first[0].means.mT @ ball.weight @ first[1].means
    return grids_of(a, b, size, ball.window)


def grids_of(a: Tensor, b: Tensor, size: tuple[int, int], window: Window) -> list[Grid]:
    """Return the coarse grids, from fine to coarse.

    Args:
        a: W'a summed to the first coarse grid, (B, C, m, m').
        b: W'b summed to the first coarse grid, (B, C, m, m').
        size: height and width of the image.
        window: of the ball.
    """
    grids: list[Grid] = []
    sides = size
    for step in STEPS:
        rows, columns = (interpolation(side, step).to(a) for side in sides)
        if grids:
            a, b = (rows.mT @ sums @ columns for sums in (a, b))
        sides = (rows.shape[1], columns.shape[1])
        # Squared distances of the nodes, in pixels.
        squares = [(side / nodes) ** 2 for side, nodes in zip(size, sides, strict=True)]
        half = variance(window) / 2
        down = half / squares[0] * (a[..., 1:, :] + a[..., :-1, :])
        right = half / squares[1] * (a[..., 1:] + a[..., :-1])
        diagonal = b.clamp_min(0) + LEAST
        diagonal[..., :-1, :] += down
        diagonal[..., 1:, :] += down
        diagonal[..., :-1] += right
        diagonal[..., 1:] += right
        grids.append(Grid(rows, columns, 1 / diagonal, down, right))
    return grids


@dataclass(frozen=True)
class AxisWeights:
    """The first coarse grid along one axis.

    Attributes:
        down: interpolation to the pixels, (side, m).
        means: windowed means of those weights, (positions, m).
    """

    down: Tensor
    means: Tensor


@lru_cache(maxsize=16)
def axis_weights(
    side: int, window: Window, dtype: torch.dtype, device: torch.device
) -> AxisWeights:
    """Return the weights of the first coarse grid along an axis of ``side`` pixels."""
    down = interpolation(side, STEPS[0])
    means = torch.from_numpy(window.matrix(side)) @ down
    return AxisWeights(down.to(device, dtype), means.to(device, dtype))


def variance(window: Window) -> float:
    """Return the variance of the window's weights along one axis, in squared pixels."""
    centre = (len(window.taps) - 1) / 2
    return sum(tap * (k - centre) ** 2 for k, tap in enumerate(window.taps))


def coarse_correction(grids: list[Grid], r: Tensor) -> Tensor:
    """Return the correction of a residual ``r`` (B, C, H, W) by all coarse grids, same shape."""
    grid, coarser = grids[0], grids[1:]
    restricted = grid.rows.mT @ r @ grid.columns
    y = torch.zeros_like(restricted)
    for _ in range(1 if coarser else LAST_ROUNDS):
        for length in SMOOTHING:
            y = y + length * grid.inverse * _residual(grid, restricted, y)
        if coarser:
            y = y + coarse_correction(coarser, _residual(grid, restricted, y))
        for length in reversed(SMOOTHING):
            y = y + length * grid.inverse * _residual(grid, restricted, y)
    return grid.rows @ y @ grid.columns.mT


def _residual(grid: Grid, r: Tensor, y: Tensor) -> Tensor:
    """Return ``r`` minus the grid's matrix times ``y``."""
    out = r - y / grid.inverse
    out[..., :-1, :] += grid.down * y[..., 1:, :]
    out[..., 1:, :] += grid.down * y[..., :-1, :]
    out[..., :-1] += grid.right * y[..., 1:]
    out[..., 1:] += grid.right * y[..., :-1]
    return out


@lru_cache(maxsize=64)
def interpolation(side: int, step: int) -> Tensor:
    """Return weights (side, m) of linear interpolation from m nodes; constant at the ends."""
    nodes = -(-side // step)
    spacing = side / nodes
    centres = (torch.arange(nodes, dtype=torch.float64) + 0.5) * spacing - 0.5
    distance = (torch.arange(side)[:, None] - centres).abs() / spacing
    weights = (1 - distance).clamp_min(0)
    return weights / weights.sum(1, keepdim=True)
