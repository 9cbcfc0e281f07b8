"""The models by their definitions: windows as dense rows of weights, constraints one by one."""

from types import SimpleNamespace

import cvxpy as cp
import numpy as np
import pytest
import torch

C1, C2 = 1e-4, 9e-4


def noise(shape, seed=0):
    """Return a gradient that float16 stores exactly, as the solver stores it."""
    g = np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float16).astype(float)
    g.flat[0] = 1
    return torch.from_numpy(g)


def rows_of(window, height, width):
    """Return every window as a row of weights, (windows, height * width)."""
    weights, size = np.outer(window.taps, window.taps), window.size
    margin = size // 2 if window.boundary == "reflect" else 0
    # The pixel that is seen at each position.
    pixels = np.pad(np.arange(height * width).reshape(height, width), margin, mode="symmetric")
    rows = []
    for i in range(0, pixels.shape[0] - size + 1, window.stride):
        for j in range(0, pixels.shape[1] - size + 1, window.stride):
            row = np.zeros(height * width)
            np.add.at(row, pixels[i : i + size, j : j + size], weights)
            rows.append(row)
    return np.array(rows)


def moments(w, x):
    """Return the mean and variance of x (pixels,) in each window."""
    mean = w @ x
    return mean, (w * (x - mean[:, None]) ** 2).sum(1)


def true_distance(w, x, d):
    """Return 1 - S1 and 1 - S2 of x and x + d in each window, by the definition of SSIM."""
    y = x + d
    (mx, vx), (my, vy) = moments(w, x), moments(w, y)
    covariance = (w * (x - mx[:, None]) * (y - my[:, None])).sum(1)
    luminance = (2 * mx * my + C1) / (mx**2 + my**2 + C1)
    structure = (2 * covariance + C2) / (vx + vy + C2)
    return 1 - luminance, 1 - structure


def bounds_of(x, tau):
    cap = 1.0 if tau is None else tau
    return np.maximum(-x, -cap), np.minimum(1 - x, cap)


def optimum(model, w, x, g, epsilon, tau, local=None, expansion_point=None, region=None):
    """Return the largest product with g in a ball by its definition, one window after the other.

    Args:
        model: Q, S or L.
        w: windows as rows.
        x: one channel of the image, flat.
        g: the objective, likewise.
        epsilon: radius.
        tau: cap on |d|; None for no cap.
        local: radius of L beside Q or S.
        expansion_point: perturbation at which Q takes its denominators; None for 0.
        region: pixels that may change, bool; None for all.
    """
    lower, upper = bounds_of(x, tau)
    if region is not None:
        lower, upper = lower * region, upper * region
    # d in units of the cap: interior-point methods converge better that way.
    d = upper.max() * cp.Variable(x.size)
    constraints, total, rows = [d >= lower, d <= upper], 0, []
    at = np.zeros(x.size) if expansion_point is None else expansion_point
    e = epsilon if model == "L" else local
    for row, mu, s2, m0, v0 in zip(w, *moments(w, x), *moments(w, at), strict=True):
        m = row @ d
        deviation = cp.multiply(np.sqrt(row), d - m)
        c, c0 = (row * (x - mu)) @ d, (row * (x - mu)) @ at
        if model == "S":
            total += cp.quad_over_lin(m, 2 * mu**2 + 2 * mu * m + C1)
            total += cp.quad_over_lin(deviation, 2 * s2 + 2 * c + C2)
        if model == "Q":
            rows.append(m / np.sqrt(2 * mu**2 + 2 * mu * m0 + m0**2 + C1))
            rows.append(deviation / np.sqrt(2 * s2 + 2 * c0 + v0 + C2))
        if e is not None:
            constraints.append((1 - e) * cp.sum_squares(deviation) - 2 * e * c <= e * (2 * s2 + C2))
            constraints.append((1 - e) * m**2 - 2 * e * mu * m <= e * (2 * mu**2 + C1))
    if model == "S":
        constraints.append(total <= epsilon * len(w))
    if model == "Q":
        constraints.append(cp.norm(cp.hstack(rows)) <= np.sqrt(epsilon * len(w)))
    problem = cp.Problem(cp.Maximize(g @ d), constraints)
    problem.solve(solver=cp.CLARABEL)
    assert problem.status == "optimal"
    return problem.value


@pytest.fixture(scope="session")
def plain():
    """Give access to the functions above."""
    return SimpleNamespace(
        noise=noise,
        rows_of=rows_of,
        moments=moments,
        true_distance=true_distance,
        bounds_of=bounds_of,
        optimum=optimum,
    )
