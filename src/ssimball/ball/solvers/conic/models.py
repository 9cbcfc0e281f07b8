"""The SSIM ball's three convex models as sparse second-order cone programs in CVXPY.

Notation of the package: W the windowed mean, a = 1 / (2 s2 + C2), b = 1 / (2 mu² + C1), and per
window m, V, c: the mean and variance of the perturbation d, and its covariance with the image.
The unknown is z = d / unit, so that it fills [-1, 1], and cones have a radius near 1, because
interior-point methods converge best that way. Box and cap are one pair of bounds.

Q, denominators fixed at d = 0: d'Ad <= radius. The Cholesky factor of A fills in, so another
factor is used. Where windows overlap little, each has rows of its own: with w its weights,

    a V + b m² = |sqrt(a w) (d - m) + sqrt(b w) m|².

That is (size / stride)² cone rows per pixel. Where there would be more than LITTLE_OVERLAP of
them, the separability of W is used: the variance in a window is split into the mean variance along
its rows and the variance of their means,

    d'Ad = sum over rows of the image of d' P d + sum over columns of v' R v,   v = row means of d,

where P and R are banded with ``size`` entries per row, and so are their Cholesky factors: two cone
rows per pixel. Seconds in Clarabel on one core, for one channel, without building the rows:

    window, stride      pixels      window by window    separable    Cholesky of A (ordered)
    uniform 8, 4        224 x 224   2.1                 44           out of time
    gaussian 11, 3      65 x 65     0.3                 0.8
    gaussian 9, 2       65 x 65     3.8                 1.2
    gaussian 11, 1      32 x 32     2.2                 0.2          1.0
    gaussian 11, 1      64 x 64                         2.5          8.8

S, denominators affine in d. a V <= q (1 + 2 a c) is a rotated cone for each window, as is
b m² <= p (1 + 2 b mu m); the sum of all p and q is bounded.

L, each window on its own. With k = e / (1 - e), the completed square is an ordinary cone of fixed
radius for each window, and the constraint on the mean is an interval:

    W (d - m - k (x - mu))² <= k (2 s2 + C2) + k² s2,   |m - k mu| <= sqrt(k² mu² + k (2 mu² + C1)).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cvxpy
import numpy as np
import scipy.sparse as sp
import torch

from ssimball.ball.solvers.conic.instance import Instance
from ssimball.ball.solvers.conic.matrices import (
    Floats,
    axis_operator,
    banded_factor,
    window_operator,
)
from ssimball.ssim.index import C1, C2

#: Largest (size / stride)² at which model Q takes its rows window by window.
LITTLE_OVERLAP = 16
#: CVXPY re-exports its functions in a way that strict type checks do not accept.
cp: Any = cvxpy


@dataclass(frozen=True)
class ConeProgram:
    """A problem of CVXPY and how to read its solution.

    Attributes:
        problem: ``cvxpy.Problem``.
        z: its unknown, (C H W,); d = unit z.
        scale: <gradient, d> divided by the problem's objective.
        cone: the cone of the quadratic, for model Q.
    """

    problem: Any
    z: Any
    scale: float
    cone: Any = None


def quadratic(instance: Instance) -> ConeProgram:
    """Return the cone program of model Q."""
    z = _unknown(instance)
    window = instance.window
    overlaps_little = window.size**2 <= LITTLE_OVERLAP * window.stride**2
    means, rows = (_rows_by_window if overlaps_little else _rows_by_axis)(instance, z)
    cone = cp.SOC(cp.Constant(1.0), rows)
    return _program(instance, z, [means, cone], cone)


def _rows_by_window(instance: Instance, z: Any) -> tuple[Any, Any]:
    """Return the definition of the windows' means, and rows whose square is d'Ad / radius."""
    factor = instance.unit / np.sqrt(instance.radius)
    a, b = (factor * np.sqrt(weight.ravel()) for weight in instance.weights())
    W = window_operator(instance.image.shape, instance.window)
    m = cp.Variable(len(a))
    return m == W @ z, _deviations(W, z, m, a, b).flatten(order="F")


def _rows_by_axis(instance: Instance, z: Any) -> tuple[Any, Any]:
    """Return the definition of means along rows only, and rows whose square is d'Ad / radius."""
    a, b = instance.weights()
    channels, height, width = instance.image.shape
    window = instance.window
    down, across = axis_operator(height, window), axis_operator(width, window)
    # For each row of the image, the weights of the windows that contain it.
    in_rows = np.einsum("ipq,ph->ihq", a, down.toarray()).reshape(-1, across.shape[0])
    within = banded_factor(in_rows, np.zeros_like(in_rows), window, width)
    a_columns, b_columns = (w.transpose(0, 2, 1).reshape(-1, down.shape[0]) for w in (a, b))
    between = banded_factor(a_columns, b_columns, window, height)
    # Row means ordered by column, as the second factor expects them.
    order = np.arange(channels * height * across.shape[0]).reshape(channels, height, -1)
    row_mean = sp.kron(sp.eye_array(channels * height), across, "csr")
    row_mean = row_mean[order.transpose(0, 2, 1).ravel()]
    v = cp.Variable(row_mean.shape[0])
    factor = instance.unit / np.sqrt(instance.radius)
    return v == row_mean @ z, cp.hstack([(factor * within) @ z, (factor * between) @ v])


def safe(instance: Instance) -> ConeProgram:
    """Return the cone program of model S."""
    mean, _ = instance.statistics()
    a, b = (weight.ravel() for weight in instance.weights())
    W = window_operator(instance.image.shape, instance.window)
    unit, mu, root = instance.unit, mean.ravel(), np.sqrt(instance.epsilon)
    z = _unknown(instance)
    m, p, q = (cp.Variable(len(a)) for _ in range(3))
    # p and q in units of epsilon, so that they are near 1.
    covariance = W @ sp.diags_array(instance.image.ravel())
    structure = 1 + (2 * unit * sp.diags_array(a) @ covariance) @ z
    structure -= cp.multiply(2 * unit * a * mu, m)
    luminance = 1 + cp.multiply(2 * unit * b * mu, m)
    deviation = _deviations(W, z, m, unit * np.sqrt(a) / root)
    return _program(
        instance,
        z,
        [
            m == W @ z,
            cp.sum(p) + cp.sum(q) <= len(a),
            _rotated(deviation, q, structure),
            _rotated(
                cp.reshape(cp.multiply(unit * np.sqrt(b) / root, m), (1, -1), "F"), p, luminance
            ),
        ],
    )


def local(instance: Instance) -> ConeProgram:
    """Return the cone program of model L; channels are independent, so pass them one by one."""
    mean, variance = (statistic.ravel() for statistic in instance.statistics())
    k = instance.epsilon / (1 - instance.epsilon)
    radius = np.sqrt(k * (2 * variance + C2) + k**2 * variance)
    half_width = np.sqrt(k**2 * mean**2 + k * (2 * mean**2 + C1))
    W = window_operator(instance.image.shape, instance.window)
    unit = instance.unit
    z = _unknown(instance)
    interval = [(k * mean - half_width) / unit, (k * mean + half_width) / unit]
    m = cp.Variable(len(mean), bounds=interval)
    centred = _deviations(W, instance.image.ravel(), mean, k / radius)
    deviation = _deviations(W, z, m, unit / radius)
    cone = cp.SOC(cp.Constant(np.ones(len(mean))), deviation - centred, axis=0)
    return _program(instance, z, [m == W @ z, cone])


BUILDERS: dict[str, Callable[[Instance], ConeProgram]] = {"Q": quadratic, "S": safe, "L": local}


def _unknown(instance: Instance) -> Any:
    bounds = [bound.ravel() / instance.unit for bound in (instance.lower, instance.upper)]
    return cp.Variable(instance.image.size, bounds=bounds)


def _program(instance: Instance, z: Any, constraints: list[Any], cone: Any = None) -> ConeProgram:
    scale = _attainable(instance)
    g = instance.gradient.ravel() * (instance.unit / scale)
    return ConeProgram(cp.Problem(cp.Maximize(g @ z), constraints), z, scale, cone)


def _attainable(instance: Instance) -> float:
    """Return a product that model Q attains.

    The objective is divided by it, so the optimum is at least 1 and gaps count as relative.
    """
    a, b = instance.weights()
    spread = instance.window.adjoint(
        torch.from_numpy(np.maximum(a, b)), instance.image.shape[1:]
    ).numpy()
    g = instance.gradient
    step = g / spread
    step *= np.sqrt(instance.radius / (g * step).sum())
    return float((g * np.clip(step, instance.lower, instance.upper)).sum())


def _deviations(W: sp.csr_array, d: Any, m: Any, spread: Floats, level: Any = 0.0) -> Any:
    """Return a column for each window w whose square is spread² V + level² m².

    The column is sqrt(w) (spread (d - m) + level m).

    Args:
        W: operator of windows, weights in the order of their pixels.
        d: perturbation, numbers or an unknown.
        m: its means in the windows, likewise.
        spread: weight of the deviations, per window.
        level: weight of the means, per window.
    """
    windows, size = W.shape[0], W.indptr[1]
    root, rows = np.sqrt(W.data), np.arange(W.nnz)
    of_pixels = (root * np.repeat(spread, size), (rows, W.indices))
    of_means = (root * np.repeat(level - spread, size), (rows, rows // size))
    flat = sp.csr_array(of_pixels, shape=(W.nnz, W.shape[1])) @ d
    flat += sp.csr_array(of_means, shape=(W.nnz, windows)) @ m
    return flat.reshape((size, windows), order="F")


def _rotated(v: Any, q: Any, y: Any) -> Any:
    """Return the rotated cone |v|² <= q y for each column of v."""
    rows = cp.vstack([2 * v, cp.reshape(q - y, (1, -1), "F")])
    return cp.SOC(q + y, rows, axis=0)
