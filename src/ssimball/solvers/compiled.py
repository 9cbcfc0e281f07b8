"""The iteration of :mod:`ssimball.solvers.first_order` compiled for the CPU, image by image.

The same algorithm step for step; see there for what it does and why. Nothing is shared between
images, so a batch runs on as many threads as torch may use and no result depends on the batch.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np
import torch
from torch import Tensor

from ssimball.filters import Floats, filter_plane
from ssimball.quadratic import QuadraticBall

# error_model: Python's check for division by zero would keep loops from being vectorised.
_compile = numba.njit(fastmath=True, nogil=True, cache=True, error_model="numpy")


def iterate(
    ball: QuadraticBall, g: Tensor, gap: float, max_iterations: int, check_every: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Perturbation (B, C, H, W), multiplier (B,) and iterations (B,), from d = 0.

    Args:
        ball: on the CPU, float32 or float64.
        g: the objective, of the ball's type.
        gap: relative duality gap to stop at.
        max_iterations: where to give up.
        check_every: iterations between looks at the gap and corrections of nu.
    """
    metric, weight = ball.majorant().numpy(), ball.dense_weight().numpy()
    lower, upper, diagonal = (t.numpy() for t in (ball.lower, ball.upper, ball.diagonal))
    taps: tuple[Any, ...] = tuple(diagonal.dtype.type(tap) for tap in ball.window.taps)

    def one(i: int) -> tuple[Floats, float, int]:
        # d, A d, and both of the iterate before.
        state = np.zeros((4, *diagonal.shape[1:]), diagonal.dtype)
        image = (g[i].numpy(), lower[i], upper[i], diagonal[i], weight[i], metric[i])
        limits = (ball.radius, gap, max_iterations, check_every)
        nu, iterations = _solve(state, *image, taps, *limits)
        return state[0 if iterations % 2 == 0 else 2], nu, iterations

    with ThreadPoolExecutor(min(len(g), torch.get_num_threads())) as pool:
        found = list(pool.map(one, range(len(g))))
    answer = torch.from_numpy(np.stack([d for d, _, _ in found]))
    nu = torch.tensor([nu for _, nu, _ in found], dtype=torch.float64)
    return answer, nu, torch.tensor([iterations for _, _, iterations in found])


@_compile
def _solve(
    state: Floats,
    g: Floats,
    lower: Floats,
    upper: Floats,
    diagonal: Floats,
    weight: Floats,
    metric: Floats,
    taps: tuple[float, ...],
    radius: float,
    gap: float,
    max_iterations: int,
    check_every: int,
) -> tuple[float, int]:
    """Iterate in ``state``; the last iterate is at 0 after an even number of steps, else at 2."""
    nu, t, momentum = _first_multiplier(g, metric, radius), 1.0, 0.0
    border = 2 * len(taps) - 2
    padded = np.zeros((weight.shape[1] + border, weight.shape[2] + border), g.dtype)
    buffer = np.empty((padded.shape[0], g.shape[2]), g.dtype)
    for k in range(1, max_iterations + 1):
        # Iterates take turns in the two halves of the state; the older half is overwritten.
        new, old = (2, 0) if k % 2 else (0, 2)
        look = k % check_every == 0 or k == max_iterations
        uphill = primal = quadratic = box = 0.0
        for c in range(g.shape[0]):
            d, a_d, previous, a_previous = (
                state[old, c],
                state[old + 1, c],
                state[new, c],
                state[new + 1, c],
            )
            uphill += _step(
                d, a_d, previous, a_previous, g[c], lower[c], upper[c], metric[c], nu, momentum
            )
            _apply(previous, diagonal[c], weight[c], taps, padded, buffer, a_previous)
            if look:  # while the channel is in the cache
                sums = _sums(previous, a_previous, g[c], lower[c], upper[c], nu)
                primal, quadratic, box = primal + sums[0], quadratic + sums[1], box + sums[2]
        t = 1.0 if uphill > 0 else t
        following = (1 + np.sqrt(1 + 4 * t * t)) / 2
        momentum, t = (t - 1) / following, following
        if not look:
            continue
        ratio = np.sqrt(max(quadratic / radius, 1e-12))
        dual = nu * radius * ratio + box
        if 1 - primal / max(ratio, 1.0) / dual <= gap:
            return nu, k
        off = nu * radius * ratio * (1 - ratio)
        rest = max(dual - primal - off, 0.0)
        nu *= ratio ** (abs(off) / max(abs(off) + rest, 1e-30))
    return nu, max_iterations


@_compile
def _first_multiplier(g: Floats, metric: Floats, radius: float) -> float:
    total = 0.0
    for c in range(g.shape[0]):
        for i in range(g.shape[1]):
            row: Any = g.dtype.type(0)
            for j in range(g.shape[2]):
                row += g[c, i, j] * g[c, i, j] / metric[c, i, j]
            total += row
    return float(max(np.sqrt(total / radius), 1e-12))


@_compile
def _step(
    d: Floats,
    a_d: Floats,
    previous: Floats,
    a_previous: Floats,
    g: Floats,
    lower: Floats,
    upper: Floats,
    metric: Floats,
    nu: float,
    momentum: float,
) -> float:
    """One projected step from the extrapolated point; the new iterate replaces ``previous``.

    Returns:
        <v - new, new - d> in the metric; positive means that the momentum points uphill.
    """
    inverse, beta, total = d.dtype.type(1 / nu), d.dtype.type(momentum), 0.0
    for i in range(d.shape[0]):
        row: Any = d.dtype.type(0)
        for j in range(d.shape[1]):
            v = d[i, j] + beta * (d[i, j] - previous[i, j])
            a_v = a_d[i, j] + beta * (a_d[i, j] - a_previous[i, j])
            new = v - (a_v - g[i, j] * inverse) / metric[i, j]
            new = min(max(new, lower[i, j]), upper[i, j])
            row += (v - new) * (new - d[i, j]) * metric[i, j]
            previous[i, j] = new
        total += row
    return total


@_compile
def _apply(
    d: Floats,
    diagonal: Floats,
    weight: Floats,
    taps: tuple[float, ...],
    padded: Floats,
    buffer: Floats,
    out: Floats,
) -> None:
    """A d for one channel; ``padded`` has a border of zeros, which makes a mean the adjoint."""
    border, (height, width) = len(taps) - 1, weight.shape
    filter_plane(d, taps, buffer, padded, border, height, width)
    for i in range(height):
        for j in range(width):
            padded[i + border, j + border] *= weight[i, j]
    filter_plane(padded, taps, buffer, out, 0, *d.shape)
    for i in range(d.shape[0]):
        for j in range(d.shape[1]):
            out[i, j] += diagonal[i, j] * d[i, j]


@_compile
def _sums(
    d: Floats, a_d: Floats, g: Floats, lower: Floats, upper: Floats, nu: float
) -> tuple[float, float, float]:
    """<g, d>, <d, A d>, and the most that g - nu A d can gain in the box, for one channel."""
    factor = d.dtype.type(nu)
    primal = quadratic = box = 0.0
    for i in range(d.shape[0]):
        row_p: Any = d.dtype.type(0)
        row_q: Any = d.dtype.type(0)
        row_b: Any = d.dtype.type(0)
        for j in range(d.shape[1]):
            rest = g[i, j] - factor * a_d[i, j]
            row_p += g[i, j] * d[i, j]
            row_q += d[i, j] * a_d[i, j]
            row_b += max(rest * lower[i, j], rest * upper[i, j])
        primal += row_p
        quadratic += row_q
        box += row_b
    return primal, quadratic, box
