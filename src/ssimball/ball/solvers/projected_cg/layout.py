"""How the compiled solver lays out an image and its iterate in memory."""

from typing import Any, NamedTuple

import numpy as np

from ssimball.ssim.filters import Floats
from ssimball.ssim.windows import Window

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
        width: W.
        margin: number of mirrored pixels around the image.
    """

    fixed: Floats
    weight: Floats
    width: int
    margin: int


G, LOWER, UPPER, DIAGONAL, INVERSE = range(5)


class State(NamedTuple):
    """What changes from step to step.

    Attributes:
        moving: (C, H, 3, W+), in the order of the constants below: the iterate d, A d, and A q.
        q: the last step, (C, H, W+).
    """

    moving: Floats
    q: Floats


D, A_D, A_Q = range(3)


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
        row: one row of the image, used when A is applied to a channel, (W+ + border,).
        products: one row of A q at pixels that are not held at their bound, (W+,).
        padded: one row of weighted means with what lies around it, (W+ + border,).
        spread: rows of the adjoint mean with what lies around them, (H + border, W+).
        coarse_rows: (C, m + 2, W+), the residual restricted to the rows of the first coarse grid,
            and later its correction.
        coarse_products: (C, m + 2, W+), A q at pixels that are not held, restricted in the same
            way.
        grids: values of a channel on each coarse grid with zeros around it, (3, m + 2, m' + 2): the
            residual, its correction, and a temporary one.
        grid_rows: for each coarse grid but the first, an array (m + 2, n' + 2) between it and the
            grid before, restricted to its rows alone.
        memory: of each channel, in the order of the constants below, float64 (C, 3): length of a
            step, <q, A q>, and <M r, A q> for the residual r and the inverse M of the diagonal.
    """

    row: Floats
    products: Floats
    padded: Floats
    spread: Floats
    coarse_rows: Floats
    coarse_products: Floats
    grids: tuple[Floats, Floats, Floats]
    grid_rows: tuple[Floats, Floats]
    memory: Floats


LENGTH, CURVATURE, AGAINST = range(3)


# Compiled code allocates nothing: code that counts references to arrays takes long to compile, and
# time to run.
def empty_image(shape: tuple[int, ...], window: Window, dtype: np.dtype[Any]) -> Image:
    """Return an image for ``shape`` (C, H, W); only the inverses are set, to 1."""
    channels, height, width = shape
    rows = window.unstrided.positions(height)
    padded = -(-width // LANES) * LANES
    fixed = np.zeros((channels, height, 5, padded), dtype)
    fixed[:, :, INVERSE] = 1
    return Image(fixed, np.zeros((channels, rows, padded), dtype), width, window.margin)


def empty_state(image: Image) -> State:
    """Return a state of 0 for an image."""
    channels, height, _, width = image.fixed.shape
    q = np.zeros((channels, height, width), image.fixed.dtype)
    return State(np.zeros((channels, height, 3, width), q.dtype), q)


def workspace_for(image: Image, stencils: tuple[Floats, ...], taps: int) -> Workspace:
    """Return the workspace for one image, given the stencils of the coarse grids."""
    channels, height, _, width = image.fixed.shape
    dtype, border = image.fixed.dtype, taps - 1
    (m0, n0), (m1, n1), (m2, n2) = (grid.shape[2:] for grid in stencils)
    return Workspace(
        np.zeros(width + border, dtype),
        np.zeros(width, dtype),
        np.zeros(width + border, dtype),
        np.zeros((height + border, width), dtype),
        np.zeros((channels, m0, width), dtype),
        np.zeros((channels, m0, width), dtype),
        (np.zeros((3, m0, n0), dtype), np.zeros((3, m1, n1), dtype), np.zeros((3, m2, n2), dtype)),
        (np.zeros((m1, n0), dtype), np.zeros((m2, n1), dtype)),
        np.zeros((channels, 3)),
    )
