"""What one iteration of the compiled solver costs, and what the machine could do at best."""

from functools import partial

import numpy as np
import torch
from common import EPSILON, TAU, gradients, images, side_by_side

from ssimball.ball.ball import Ball
from ssimball.ball.solvers.projected_cg import compiled_engine as compiled

#: Of float32, per pixel, that an iteration reads and writes at least: the image's constants (g, two
#: bounds, the diagonal, its inverse, the weights of the windows) and five arrays of the iterate.
READ, WRITTEN = 11, 5
#: Per pixel: W and its adjoint are four passes of a symmetric 11-tap filter; about 16 more for each
#: of step, projection, products, residual and preconditioner.
OPERATIONS = 4 * 16 + 5 * 16

TEXT = f"""The least that an iteration must move is {READ} arrays read and {WRITTEN} written, and it
takes about {OPERATIONS} operations a pixel, W and its adjoint included. Three passes
over a channel read each array where they need it, 19 arrays read and 6 written in all, since the
length of a step is known only after a pass. Set-up (statistics of the image in float64) and
certificate (float64) take about as long as three or four iterations. A lower bound on an iteration
is the time to stream those bytes through the cache that holds them and the time of the operations
at the rate of a matrix product; the table says how far the code is from them.
"""


def table() -> list[dict[str, object]]:
    """Milliseconds for RGB 224 x 224."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    x, g = images()[:1], gradients()[:1].float()
    ball = Ball.around(x, EPSILON, TAU).quadratic.to(torch.float32)
    pixels = x[0].numel()
    source = np.ones((READ, pixels), np.float32)
    target = np.empty((WRITTEN, pixels), np.float32)
    square = torch.rand(1024, 1024)
    solve = partial(compiled.iterate, ball, g / g.abs().max(), 0.0)
    seconds = side_by_side(
        {
            "20 iterations": lambda: solve(20),
            "60 iterations": lambda: solve(60),
            "stream": lambda: stream(source, target),
            "matrix product": lambda: square @ square,
        }
    )
    rate = 2 * 1024**3 / seconds["matrix product"]
    one = (seconds["60 iterations"] - seconds["20 iterations"]) / 40
    rows = {
        "one iteration": one,
        f"streaming {4 * pixels * (READ + WRITTEN) / 1e6:.1f} MB": seconds["stream"],
        f"{OPERATIONS * pixels / 1e6:.0f} million operations": OPERATIONS * pixels / rate,
    }
    torch.set_num_threads(threads)
    return [
        {"what": what, "ms": 1e3 * value, "one iteration over it": one / value}
        for what, value in rows.items()
    ]


def stream(source: np.ndarray, target: np.ndarray) -> None:
    """Read all of ``source``, write all of ``target``."""
    np.copyto(target, source[: len(target)])
    for array in source[len(target) :]:
        array.max()
