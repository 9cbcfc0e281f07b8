"""Measure one iteration of the compiled solver against the limits of the machine."""

from functools import partial

import numpy as np
import torch
from common import EPSILON, TAU, WINDOW, gradients, images, side_by_side

from ssimball.ball.ball import Ball
from ssimball.ball.solvers.projected_cg import compiled_engine

#: Least number of float32 values that an iteration reads and writes per pixel: the image's
#: constants (g, two bounds, the diagonal, its inverse, the weights of the windows) and four arrays
#: of the iterate.
READ, WRITTEN = 10, 4
#: Operations per pixel: W and its adjoint are four passes of a symmetric 11-tap filter; step,
#: projection, products, preconditioner, and the residual in each of two passes take about 16 each.
OPERATIONS = 4 * 16 + 6 * 16

TEXT = f"""An iteration must read at least {READ} arrays and write {WRITTEN}, and it takes about
{OPERATIONS} operations per pixel, W and its adjoint included. Two passes over a channel read each
array where they need it, 17 arrays read and 4 written in all, because the length of a step is
known only after a pass. Setup (statistics of the image in float64) and certificate (float64) take
about as long as three or four iterations. Two lower bounds on an iteration are the time to stream
those bytes through the cache that holds them, and the time of the operations at the rate of a
matrix product. The table shows how far the code is from them.
"""


def table() -> list[dict[str, object]]:
    """Return the milliseconds of an iteration and of its lower bounds, for RGB 224 x 224."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    x, g = images()[:1], gradients()[:1].float()
    ball = Ball.around(x, EPSILON, TAU, window=WINDOW).quadratic.to(torch.float32)
    pixels = x[0].numel()
    source = np.ones((READ, pixels), np.float32)
    target = np.empty((WRITTEN, pixels), np.float32)
    square = torch.rand(1024, 1024)
    solve = partial(compiled_engine.iterate, ball, g / g.abs().max(), 0.0)
    seconds = side_by_side(
        {
            "20 iterations": lambda: solve(20),
            "60 iterations": lambda: solve(60),
            "stream": lambda: stream(source, target),
            "matrix product": lambda: square @ square,
        }
    )
    rate = 2 * 1024**3 / seconds["matrix product"]
    iteration = (seconds["60 iterations"] - seconds["20 iterations"]) / 40
    rows = {
        "one iteration": iteration,
        f"streaming {4 * pixels * (READ + WRITTEN) / 1e6:.1f} MB": seconds["stream"],
        f"{OPERATIONS * pixels / 1e6:.0f} million operations": OPERATIONS * pixels / rate,
    }
    torch.set_num_threads(threads)
    return [
        {"operation": name, "ms": 1e3 * value, "iteration / operation": iteration / value}
        for name, value in rows.items()
    ]


def stream(source: np.ndarray, target: np.ndarray) -> None:
    """Read all of ``source`` and write all of ``target``."""
    np.copyto(target, source[: len(target)])
    for array in source[len(target) :]:
        array.max()
