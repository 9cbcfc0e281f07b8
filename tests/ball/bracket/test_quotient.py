"""The envelope and the conjugate of f(a) = a² / (D + 2 sigma a + a²) against dense grids."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ssimball.ball.bracket.quotient import conjugate, envelope

GRID = 4001
#: D, sigma as a share of its largest magnitude, and A; D = 2 s² + C with |sigma| <= s, so that
#: sigma² < D / 2.
CASES = {
    "d": st.floats(-4, 0.5).map(lambda power: 10.0**power),
    "share": st.floats(-1, 1),
    "end": st.floats(-4, 0).map(lambda power: 10.0**power),
}


def instance(d, share, end):
    """Return the grid, f on it, and D, sigma and A as tensors."""
    sigma = share * np.sqrt(d / 2)
    # Denser near 0, where f bends most if A is large.
    a = end * np.linspace(0, 1, GRID) ** 2
    f = a**2 / (d + 2 * sigma * a + a**2)
    return a, f, torch.tensor([[d], [sigma], [end]], dtype=torch.float64)


def lower_hull(x, y):
    """Return the convex envelope of points on their grid, by the monotone chain."""
    kept = []
    for point in zip(x, y, strict=True):
        while len(kept) > 1 and _turns_right(kept[-2], kept[-1], point):
            kept.pop()
        kept.append(point)
    return np.interp(x, *zip(*kept, strict=True))


def _turns_right(p, q, r):
    return (q[0] - p[0]) * (r[1] - p[1]) <= (q[1] - p[1]) * (r[0] - p[0])


@given(**CASES)
def test_envelope_is_the_lower_hull(d, share, end):
    a, f, (d, sigma, end) = instance(d, share, end)
    value, _ = envelope(torch.from_numpy(a), d, sigma, end)
    np.testing.assert_allclose(value.numpy(), lower_hull(a, f), atol=1e-6)


@given(**CASES, inclination=st.floats(-1, 2))
def test_conjugate_is_the_maximum(d, share, end, inclination):
    a, f, (d, sigma, end) = instance(d, share, end)
    steepest = (np.diff(f) / np.diff(a)).max()
    s = inclination * steepest
    found = float(conjugate(torch.tensor([s], dtype=torch.float64), d, sigma, end))
    best = (s * a - f).max()
    assert found >= best - 1e-12
    assert found == pytest.approx(best, abs=1e-5, rel=1e-4)
