"""The SSIM ball's three convex models as sparse second-order cone programs in CVXPY.

Notation of the package: W the windowed mean, a = 1 / (2 s2 + C2), b = 1 / (2 mu² + C1), and per
window m, V, c: the mean and variance of the perturbation d, and its covariance with the image.
The unknown is z = d / unit, so that it fills [-1, 1], and cones have a radius near 1: interior
points converge best so. Box and cap are one pair of bounds.

Q, the ball of frozen denominators, d'Ad <= radius. Its factor is not the Cholesky factor of A,
which fills in. Where windows overlap little, each has rows of its own: with w its weights,

    a V + b m² = |sqrt(a w) (d - m) + sqrt(b w) m|².

That is (size / stride)² cone rows a pixel. Above LITTLE_OVERLAP of them, W being separable, the
variance in a window is split into the mean variance along its rows and that of their means:

    d'Ad = sum over rows of the image of d' P d + sum over columns of v' R v,   v = row means of d,

where P and R are banded with size entries a row, and so are their Cholesky factors: two cone rows
a pixel. Seconds in Clarabel on one core, for one channel, without the building of the rows:

    window, stride      pixels      window by window    separable    Cholesky of A (ordered)
    uniform 8, 4        224 x 224   2.1                 44           out of time
    gaussian 11, 3      65 x 65     0.3                 0.8
    gaussian 9, 2       65 x 65     3.8                 1.2
    gaussian 11, 1      32 x 32     2.2                 0.2          1.0
    gaussian 11, 1      64 x 64                         2.5          8.8

S, denominators affine in d. a V <= q (1 + 2 a c) is a rotated cone for each window, as is
b m² <= p (1 + 2 b mu m); the sum of all p and q is bounded.

L, each window on its own. With k = e / (1 - e), the completed square is an ordinary cone of fixed
radius for each window, and what is left for the mean is an interval:

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
from ssimball.ball.solvers.conic.matrices import Floats, banded, banded_factor, window_operator
from ssimball.ssim.index import C1, C2

#: Largest (size / stride)² at which model Q takes its rows window by window.
LITTLE_OVERLAP = 16
#: CVXPY re-exports its functions in a way that strict type checks do not accept.
cp: Any = cvxpy


@dataclass(frozen=True)
class Model:
    """A problem and how to read its solution.

    Attributes:
        problem: of CVXPY.
        z: its unknown, (C H W,); d = unit z.
        scale: <gradient, d> over the problem's objective.
        cone: of the quadratic, for model Q.
    """

    problem: Any
    z: Any
    scale: float
    cone: Any = None


def quadratic(instance: Instance) -> Model:
    """Model Q."""
    z = _unknown(instance)
    window = instance.window
    few = window.size**2 <= LITTLE_OVERLAP * window.stride**2
    means, rows = (_rows_by_window if few else _rows_by_axis)(instance, z)
    cone = cp.SOC(cp.Constant(1.0), rows)
    return _model(instance, z, [means, cone], cone)


def _rows_by_window(instance: Instance, z: Any) -> tuple[Any, Any]:
    """The definition of the windows' means, and rows whose square is d'Ad / radius."""
    factor = instance.unit / np.sqrt(instance.radius)
    a, b = (factor * np.sqrt(weight.ravel()) for weight in instance.weights())
    W = window_operator(instance.image.shape, instance.window)
    m = cp.Variable(len(a))
    return m == W @ z, _deviations(W, z, m, a, b).flatten(order="F")


def _rows_by_axis(instance: Instance, z: Any) -> tuple[Any, Any]:
    """The same with the means along rows of the image only."""
    a, b = instance.weights()
    channels, height, width = instance.image.shape
    window = instance.window
    down = banded(height, window.taps, window.stride)
    across = banded(width, window.taps, window.stride)
    # Weights of the windows that each row of the image takes part in, one vector a row.
    in_rows = np.einsum("ipq,ph->ihq", a, down.toarray()).reshape(-1, across.shape[0])
    within = banded_factor(in_rows, np.zeros_like(in_rows), window, width)
    a_columns, b_columns = (w.transpose(0, 2, 1).reshape(-1, down.shape[0]) for w in (a, b))
    between = banded_factor(a_columns, b_columns, window, height)
    # Row means ordered by column, as the second factor wants them.
    order = np.arange(channels * height * across.shape[0]).reshape(channels, height, -1)
    row_mean = sp.kron(sp.eye_array(channels * height), across, "csr")
    row_mean = row_mean[order.transpose(0, 2, 1).ravel()]
    v = cp.Variable(row_mean.shape[0])
    factor = instance.unit / np.sqrt(instance.radius)
    return v == row_mean @ z, cp.hstack([(factor * within) @ z, (factor * between) @ v])


def safe(instance: Instance) -> Model:
    """Model S."""
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
    return _model(
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


def local(instance: Instance) -> Model:
    """Model L. Channels are independent of each other; pass them one by one."""
    mean, variance = (found.ravel() for found in instance.statistics())
    k = instance.epsilon / (1 - instance.epsilon)
    radius = np.sqrt(k * (2 * variance + C2) + k**2 * variance)
    reach = np.sqrt(k**2 * mean**2 + k * (2 * mean**2 + C1))
    W = window_operator(instance.image.shape, instance.window)
    unit = instance.unit
    z = _unknown(instance)
    m = cp.Variable(len(mean), bounds=[(k * mean - reach) / unit, (k * mean + reach) / unit])
    centred = _deviations(W, instance.image.ravel(), mean, k / radius)
    deviation = _deviations(W, z, m, unit / radius)
    cone = cp.SOC(cp.Constant(np.ones(len(mean))), deviation - centred, axis=0)
    return _model(instance, z, [m == W @ z, cone])


BUILDERS: dict[str, Callable[[Instance], Model]] = {"Q": quadratic, "S": safe, "L": local}


def _unknown(instance: Instance) -> Any:
    bounds = [bound.ravel() / instance.unit for bound in (instance.lower, instance.upper)]
    return cp.Variable(instance.image.size, bounds=bounds)


def _model(instance: Instance, z: Any, constraints: list[Any], cone: Any = None) -> Model:
    scale = _attainable(instance)
    g = instance.gradient.ravel() * (instance.unit / scale)
    return Model(cp.Problem(cp.Maximize(g @ z), constraints), z, scale, cone)


def _attainable(instance: Instance) -> float:
    """A product that model Q attains: with the optimum at 1 or more, gaps count as relative."""
    a, b = instance.weights()
    spread = instance.window.adjoint(
        torch.from_numpy(np.maximum(a, b)), instance.image.shape[1:]
    ).numpy()
    g = instance.gradient
    step = g / spread
    step *= np.sqrt(instance.radius / (g * step).sum())
    return float((g * np.clip(step, instance.lower, instance.upper)).sum())


def _deviations(W: sp.csr_array, d: Any, m: Any, spread: Floats, level: Any = 0.0) -> Any:
    """Of each window w a column sqrt(w) (spread (d - m) + level m): spread² V + level² m² squared.

    Args:
        W: operator of windows, weights in the order of their pixels.
        d, m: perturbation and its means in the windows, numbers or unknowns.
        spread, level: per window.
    """
    windows, size = W.shape[0], W.indptr[1]
    root, rows = np.sqrt(W.data), np.arange(W.nnz)
    of_pixels = (root * np.repeat(spread, size), (rows, W.indices))
    of_means = (root * np.repeat(level - spread, size), (rows, rows // size))
    flat = sp.csr_array(of_pixels, shape=(W.nnz, W.shape[1])) @ d
    flat += sp.csr_array(of_means, shape=(W.nnz, windows)) @ m
    return flat.reshape((size, windows), order="F")


def _rotated(v: Any, q: Any, y: Any) -> Any:
    """|v|² <= q y for each column of v."""
    rows = cp.vstack([2 * v, cp.reshape(q - y, (1, -1), "F")])
    return cp.SOC(q + y, rows, axis=0)
