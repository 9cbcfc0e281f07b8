"""How the compiled solver lays out an image and its iterate in memory."""

from typing import Any, NamedTuple

import numpy as np

from ssimball.runtime.compilation import njit_fast
from ssimball.ssim.filters import Floats

#: Rows are padded to a multiple of this many values, the most that one vector instruction handles.
LANES = 16


class Image(NamedTuple):
    """The constants of one image's problem.

    Rows of arrays that are used together lie side by side: apart, they would start at the same
    offset of a memory page and evict each other from the cache. Each row is padded to W+, a
    multiple of ``LANES``, with pixels whose box and weights are 0: otherwise the rest of a row
    would be processed value by value.

    Attributes:
        fixed: (C, H, 5, W+), in the order of the constants below: objective, bounds of the box,
            diagonal of A, and its inverse.
        weight: b - a, (C, h, W+), at every position of stride 1.
    """

    fixed: Floats
    weight: Floats


G, LOWER, UPPER, DIAGONAL, INVERSE = range(5)


class State(NamedTuple):
    """What changes from step to step.

    Attributes:
        moving: (C, H, 5, W+), in the order of the constants below: the iterate d, A d, the residual
            g / nu - A d with 0 at pixels that it holds at their bound, the preconditioned residual
            z, and A q.
        q: the last step, (C, H, W+).
    """

    moving: Floats
    q: Floats


D, A_D, RESIDUAL, Z, A_Q = range(5)


class Limits(NamedTuple):
    """The radius of the ball, and when to stop.

    Attributes:
        radius: largest d'Ad.
        gap: relative duality gap at which the iteration stops.
        max_iterations: iteration limit.
        spare: share of the objective that the first scaling into the ball may give away.
    """

    radius: float
    gap: float
    max_iterations: int
    spare: float


class Workspace(NamedTuple):
    """Arrays for intermediate results.

    Attributes:
        row: one row of the image, used when A is applied to a channel.
        padded: one row of weighted means with zeros around it.
        spread: rows of the adjoint mean, (H + border, W+).
        coarse_rows: (C, m + 1, W+), the residual restricted to the rows of the first coarse grid,
            and later its correction; the last row is 0.
        grids: one array (m, m') for a channel on each coarse grid.
    """

    row: Floats
    padded: Floats
    spread: Floats
    coarse_rows: Floats
    grids: Any


@njit_fast
def empty_image(g: Floats, taps: int) -> Image:
    """Return an image of the shape and type of ``g`` (C, H, W); only the inverses are set, to 1."""
    channels, height, width = g.shape
    padded = -(-width // LANES) * LANES
    fixed = np.zeros((channels, height, 5, padded), g.dtype)
    fixed[:, :, INVERSE] = 1
    return Image(fixed, np.zeros((channels, height - taps + 1, padded), g.dtype))


@njit_fast
def empty_state(image: Image) -> State:
    """Return a state of 0 for an image."""
    channels, height, _, width = image.fixed.shape
    q = np.zeros((channels, height, width), image.fixed.dtype)
    return State(np.zeros_like(image.fixed), q)


@njit_fast
def workspace_for(image: Image, inverses: Any, taps: tuple[float, ...]) -> Workspace:
    """Return the workspace for one image."""
    channels, height, _, width = image.fixed.shape
    dtype, border = image.fixed.dtype, len(taps) - 1
    return Workspace(
        np.zeros(width + border, dtype),
        np.zeros(width + border, dtype),
        np.zeros((height + border, width), dtype),
        np.zeros((channels, inverses[0].shape[1] + 1, width), dtype),
        (inverses[0][0].copy(), inverses[1][0].copy(), inverses[2][0].copy()),
    )
