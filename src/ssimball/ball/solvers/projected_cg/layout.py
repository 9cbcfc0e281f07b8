"""How the compiled solver lays out an image and its iterate in memory."""

from typing import Any, NamedTuple

import numpy as np

from ssimball.runtime.compilation import compiled
from ssimball.ssim.filters import Floats

#: Numbers that the compiler may handle at once.
LANES = 16


class Image(NamedTuple):
    """One image of the problem.

    Rows of arrays that are used together lie side by side: apart, they would start at the same
    place of a memory page, and drive each other out of the cache. Each ends in pixels whose box
    and weights are 0, so that its length W+ is a multiple of ``LANES``: what is left over of a row
    would otherwise be done number by number.

    Attributes:
        fixed: (C, H, 5, W+), in the order of the constants below.
        weight: (C, h, W+), at every position of stride 1.
    """

    fixed: Floats
    weight: Floats


G, LOWER, UPPER, DIAGONAL, INVERSE = range(5)


class State(NamedTuple):
    """What changes from step to step.

    Attributes:
        moving: (C, H, 5, W+), in the order of the constants below: iterate d, its image under A,
            g / nu - A d with 0 at pixels that it holds at their bound, the same preconditioned,
            and A q.
        q: the last step, (C, H, W+).
    """

    moving: Floats
    q: Floats


D, A_D, REST, Z, A_Q = range(5)


class Room(NamedTuple):
    """Room for intermediate results.

    Attributes:
        row, padded, spread: of A on one channel.
        partly: (C, m + 1, W+), residual restricted to the rows of the first coarse grid, later its
            correction; the last row is 0.
        nodes: (m, m') for a channel on each coarse grid.
    """

    row: Floats
    padded: Floats
    spread: Floats
    partly: Floats
    nodes: Any


@compiled
def empty_image(g: Floats, taps: int) -> Image:
    """Room for an image of objective ``g`` (C, H, W), and of its type; inverses are 1 already."""
    channels, height, width = g.shape
    longer = -(-width // LANES) * LANES
    fixed = np.zeros((channels, height, 5, longer), g.dtype)
    fixed[:, :, INVERSE] = 1
    return Image(fixed, np.zeros((channels, height - taps + 1, longer), g.dtype))


@compiled
def empty_state(image: Image) -> State:
    channels, height, _, width = image.fixed.shape
    q = np.zeros((channels, height, width), image.fixed.dtype)
    return State(np.zeros_like(image.fixed), q)


@compiled
def room_for(image: Image, inverses: Any, taps: tuple[float, ...]) -> Room:
    """Room for one image."""
    channels, height, _, width = image.fixed.shape
    kind, border = image.fixed.dtype, len(taps) - 1
    return Room(
        np.zeros(width + border, kind),
        np.zeros(width + border, kind),
        np.zeros((height + border, width), kind),
        np.zeros((channels, inverses[0].shape[1] + 1, width), kind),
        (inverses[0][0].copy(), inverses[1][0].copy(), inverses[2][0].copy()),
    )
