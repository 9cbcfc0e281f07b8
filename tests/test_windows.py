"""The operator W against scipy, and its adjoint."""

import numpy as np
import pytest
import scipy.ndimage
import torch
from hypothesis import given
from hypothesis import strategies as st

from ssimball.windows import Window, window_for

SIDES = st.integers(11, 40)


def random(seed, *shape):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


@given(SIDES, SIDES, st.integers(0, 1000))
def test_mean_is_scipys_gaussian_filter_inside(height, width, seed):
    x = random(seed, 2, height, width)
    expected = [scipy.ndimage.gaussian_filter(c, 1.5, radius=5)[5:-5, 5:-5] for c in x.numpy()]
    np.testing.assert_allclose(Window(height, width).mean(x), expected, atol=1e-14)


@given(SIDES, SIDES, st.integers(0, 1000))
def test_adjoint_keeps_inner_products(height, width, seed):
    window = Window(height, width)
    x, y = random(seed, 3, height, width), random(seed + 1, 3, height - 10, width - 10)
    torch.testing.assert_close((window.mean(x) * y).sum(), (x * window.adjoint(y)).sum())


def test_adjoint_is_the_transpose(windows_of):
    matrix = windows_of(12, 14)
    y = random(0, 2, 4)
    expected = (matrix.T @ y.numpy().ravel()).reshape(12, 14)
    np.testing.assert_allclose(Window(12, 14).adjoint(y), expected, atol=1e-15)


def test_weights_sum_to_one():
    ones = torch.ones(1, 30, 20, dtype=torch.float64)
    torch.testing.assert_close(window_for(ones).mean(ones), ones[:, 10:, 10:], rtol=0, atol=1e-15)


def test_types_do_not_share_a_cached_window():
    x = random(1, 3, 50, 41)
    exact, fast = window_for(x).mean(x), window_for(x.float()).mean(x.float())
    assert (exact.dtype, fast.dtype) == (torch.float64, torch.float32)
    torch.testing.assert_close(fast.double(), exact, rtol=0, atol=1e-6)


def test_side_shorter_than_the_window_is_refused():
    with pytest.raises(ValueError, match="10 pixels"):
        Window(20, 10)
