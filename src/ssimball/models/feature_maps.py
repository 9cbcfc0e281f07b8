"""Feature maps among the tensors of a network: by channels first or last, or as tokens."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from torch import Tensor

#: Tokens at most that stand before those of the grid: of the class, of distillation, registers.
MOST_PREFIX_TOKENS = 8
#: Largest factor between the aspect ratios of a grid and of the image.
_ASPECT = 1.5


@dataclass(frozen=True)
class Layout:
    """How a tensor holds feature maps.

    Attributes:
        grid: (h, w).
        kind: ``first`` for (B, K, h, w), ``last`` for (B, h, w, K), ``tokens`` for
            (B, prefix + h w, K).
        prefix: number of tokens before those of the grid.
    """

    grid: tuple[int, int]
    kind: str = "first"
    prefix: int = 0

    def maps(self, tensor: Tensor) -> Tensor:
        """Return the feature maps as (B, K, h, w)."""
        if self.kind == "first":
            return tensor
        if self.kind == "tokens":
            tensor = tensor[:, self.prefix :].reshape(len(tensor), *self.grid, -1)
        return tensor.movedim(-1, 1)


def layouts(
    tensor: Tensor, size: tuple[int, int], grids: Iterable[tuple[int, int]]
) -> list[Layout]:
    """Return the ways to read a tensor as feature maps of more than one cell, the likeliest first.

    Args:
        tensor: of a pass with images of that size.
        size: (H, W) of the images.
        grids: those of feature maps with channels first in the same pass, for tokens.
    """
    shape = tuple(tensor.shape)
    if len(shape) == 4:
        found = [Layout(shape[2:], "first"), Layout(shape[1:3], "last")]
        fitting = [each for each in found if _fits(each.grid, size)]
        return sorted(fitting, key=lambda each: _distortion(each.grid, size))
    if len(shape) == 3:
        possible = {grid for grid in grids if 0 <= shape[1] - math.prod(grid) <= MOST_PREFIX_TOKENS}
        return [
            Layout(grid, "tokens", shape[1] - math.prod(grid))
            for grid in sorted(possible, key=math.prod, reverse=True)
            if _fits(grid, size)
        ]
    return []


def _distortion(grid: tuple[int, int], size: tuple[int, int]) -> float:
    return abs(math.log(grid[0] * size[1] / (grid[1] * size[0])))


def _fits(grid: tuple[int, int], size: tuple[int, int]) -> bool:
    """Return whether a grid may be one of cells of the image."""
    smaller = grid[0] <= size[0] and grid[1] <= size[1]
    return smaller and math.prod(grid) > 1 and _distortion(grid, size) <= math.log(_ASPECT) + 1e-9
