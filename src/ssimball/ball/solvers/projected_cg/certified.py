"""Model Q on the CPU, from image to certificate: compiled, an image to a thread.

Nothing is shared between images, so a batch runs on as many threads as torch may use and no result
depends on the batch. In float32; what float32 cannot solve is left to
:mod:`ssimball.ball.solvers.first_order`.
"""

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Certificate, Proof, relative_gap
from ssimball.ball.solvers.projected_cg.coarse import axes, squares
from ssimball.ball.solvers.projected_cg.one_image import Prepared, certified_image, prepare_image
from ssimball.runtime.threads import each
from ssimball.ssim.windows import Window

#: Share of the gap that may be given away so that the first scaling into the ball will do.
SPARE = 0.02


def maximise(
    ball: Ball,
    gradient: Tensor,
    gap: float,
    safe_gap: float,
    max_iterations: int,
    start: Certificate | None,
    threads: int,
    kept: dict[int, Prepared] | None = None,
) -> Certificate:
    """Certified solutions of a batch, their reason to stop not yet named.

    Args:
        ball: quadratic, not frozen at any perturbation, on the CPU.
        gradient: float16 (B, C, H, W), as it is stored.
        safe_gap: what the iteration aims at so that ``gap`` is reached.
        kept: see :func:`ssimball.ball.solvers.first_order.maximise`.
    """
    x, g = ball.images.contiguous().numpy(), gradient.float().contiguous().numpy()
    begin = np.zeros_like(g) if start is None else start.perturbation.contiguous().numpy()
    nu = np.zeros(len(g)) if start is None else start.proof.multiplier.numpy()
    answer, numbers = np.empty_like(g), np.zeros((len(g), 4))
    limits = (ball.radius, safe_gap, max_iterations)
    single, exact, transfers, squared = _shared(*g.shape[2:], ball.window)
    cap = min(ball.cap, 1.0)

    def one(i: int) -> None:
        prepared = None if kept is None else kept.get(i)
        if prepared is None:
            prepared = prepare_image(x[i], cap, single, exact, ball.window.stride, squared)
        if kept is not None:
            kept[i] = prepared
        given = (prepared, g[i], begin[i], start is None, float(nu[i]), single, exact, transfers)
        certified_image(*given, *limits, SPARE * gap, answer[i], numbers[i])

    each(one, len(g), threads)
    multiplier, primal, dual, iterations = torch.from_numpy(numbers).unbind(1)
    return Certificate(
        gradient,
        torch.from_numpy(answer),
        Proof(multiplier),
        primal,
        dual,
        relative_gap(primal, dual),
        iterations.long(),
        [""] * len(g),
    )


@lru_cache(maxsize=16)
def _shared(height: int, width: int, window: Window) -> tuple[Any, ...]:
    """What all images of a size share: taps in both precisions, transfers and squares."""
    return (
        tuple(np.float32(tap) for tap in window.taps),
        window.taps,
        axes(height, width, np.dtype(np.float32)),
        squares(height, width, window.taps, torch.float64),
    )
