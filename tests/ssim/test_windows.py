"""The operator W against scipy, and its adjoint."""

import numpy as np
import pytest
import scipy.signal
import torch
from hypothesis import given
from hypothesis import strategies as st

from ssimball.ssim import windows
from ssimball.ssim.windows import SSIM_WINDOW, gaussian, uniform

# Few sizes: the filter is compiled for each.
SIZES, STRIDES = st.sampled_from([1, 2, 7, 8, 11]), st.integers(1, 9)
SIDES, SEEDS = st.integers(12, 40), st.integers(0, 1000)


@st.composite
def any_window(draw):
    """Draw a window, and its weights as a matrix from scipy."""
    size, stride = draw(SIZES), draw(STRIDES)
    if draw(st.booleans()):
        sigma = draw(st.floats(0.3, 5))
        taps = scipy.signal.windows.gaussian(size, sigma)
        return gaussian(size, sigma, stride), np.outer(taps, taps) / taps.sum() ** 2
    return uniform(size, stride), np.full((size, size), 1 / size**2)


def random(seed, *shape, dtype=np.float64):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape).astype(dtype))


@given(any_window(), SIDES, SIDES, SEEDS)
def test_mean_is_the_correlation_of_scipy_at_valid_positions(case, height, width, seed):
    (window, weights), x = case, random(seed, 2, height, width)
    expected = [
        scipy.signal.correlate2d(c, weights, "valid")[:: window.stride, :: window.stride]
        for c in x.numpy()
    ]
    np.testing.assert_allclose(window.mean(x), expected, atol=1e-13)
    fast = window.mean(x.float())
    assert fast.dtype == torch.float32
    np.testing.assert_allclose(fast, expected, atol=2e-6)
    assert fast.shape[1:] == (window.positions(height), window.positions(width))


@given(any_window(), SIDES, SIDES, SEEDS)
def test_adjoint_preserves_inner_products(case, height, width, seed):
    (window, _), x = case, random(seed, 3, 1, height, width)
    y = random(seed + 1, 3, 1, window.positions(height), window.positions(width))
    back = window.adjoint(y, (height, width))
    assert back.shape == x.shape
    torch.testing.assert_close((window.mean(x) * y).sum(), (x * back).sum())


@given(any_window(), SEEDS)
def test_products_with_dense_matrices_agree_with_the_compiled_filter(case, seed):
    (window, _), x = case, random(seed, 2, 30, 25)
    rows, columns = (windows._banded(side, window.taps, x.dtype, x.device) for side in x.shape[1:])
    torch.testing.assert_close(rows @ x @ columns.mT, mean_at_stride_1(window, x))


def mean_at_stride_1(window, x):
    """Return the window's mean at stride 1."""
    return windows.Window(window.taps).mean(x)


@pytest.mark.parametrize("window", [gaussian(5, 1.0), uniform(4, 3)])
def test_both_directions_are_differentiable(window):
    x = random(0, 1, 2, 12, 13).requires_grad_()
    y = random(1, 2, window.positions(12), window.positions(13)).requires_grad_()
    assert torch.autograd.gradcheck(window.mean, x)
    assert torch.autograd.gradcheck(lambda y: window.adjoint(y, (12, 13)), y)
    assert torch.autograd.gradgradcheck(lambda x: window.mean(x) ** 2, x)


def test_the_adjoint_is_the_transpose(windows_of):
    matrix = windows_of(12, 14)
    y = random(0, 2, 4)
    expected = (matrix.T @ y.numpy().ravel()).reshape(12, 14)
    np.testing.assert_allclose(SSIM_WINDOW.adjoint(y, (12, 14)), expected, atol=1e-15)


def test_an_image_smaller_than_the_window_is_refused():
    with pytest.raises(ValueError, match="10 pixels"):
        SSIM_WINDOW.mean(torch.ones(20, 10))
