"""Cubic spline interpolation against scipy."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from ssimball.ssim.warping import warp


@given(st.integers(0, 1000), st.integers(2, 30), st.integers(2, 30))
def test_values_are_those_of_scipy(seed, height, width):
    rng = np.random.default_rng(seed)
    planes = rng.random((2, height, width))
    rows, columns = (rng.uniform(-1, side, (9, 7)) for side in (height, width))
    rows[0], columns[0] = -0.5, width - 0.5
    inside = rng.random((9, 7)) < 0.8
    result = warp(planes, rows, columns, inside)
    for plane, values in zip(planes, result, strict=True):
        expected = map_coordinates(plane, [rows, columns], order=3, mode="nearest")
        np.testing.assert_allclose(values, np.where(inside, expected, 0), rtol=0, atol=1e-12)
