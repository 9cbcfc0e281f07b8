"""The operator W against scipy, and its adjoint."""

import numpy as np
import pytest
import scipy.signal
import torch
from hypothesis import given
from hypothesis import strategies as st

from ssimball.ssim.windows import SSIM_WINDOW, gaussian, uniform

# Few sizes: the filter is compiled for each.
SIZES, STRIDES = st.sampled_from([1, 2, 3, 8, 11]), st.integers(1, 9)
SIDES, SEEDS = st.integers(12, 40), st.integers(0, 1000)


@st.composite
def any_window(draw):
    """Draw a window, and its weights as a matrix from scipy."""
    size, stride, boundary = draw(SIZES), draw(STRIDES), "valid"
    if size % 2 and draw(st.booleans()):
        stride, boundary = 1, "reflect"
    if draw(st.booleans()):
        sigma = draw(st.floats(0.3, 5))
        taps = scipy.signal.windows.gaussian(size, sigma)
        window = gaussian(size, sigma, stride, boundary)
        return window, np.outer(taps, taps) / taps.sum() ** 2
    return uniform(size, stride, boundary), np.full((size, size), 1 / size**2)


def extended(window, plane):
    """Return what the windows see of a plane: the mirror continues it before its edge pixel."""
    margin = window.size // 2 if window.boundary == "reflect" else 0
    return np.pad(plane, margin, mode="symmetric")


def random(seed, *shape, dtype=np.float64):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape).astype(dtype))


@given(any_window(), SIDES, SIDES, SEEDS)
def test_mean_is_the_correlation_of_scipy_with_what_the_windows_see(case, height, width, seed):
    (window, weights), x = case, random(seed, 2, height, width)
    expected = [
        scipy.signal.correlate2d(extended(window, c), weights, "valid")[
            :: window.stride, :: window.stride
        ]
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
    rows, columns = (torch.from_numpy(window.matrix(side)) for side in x.shape[1:])
    torch.testing.assert_close(rows @ x @ columns.mT, window.mean(x))


@pytest.mark.parametrize(
    "window", [gaussian(3, 1.0), uniform(8, 3), gaussian(3, 1.0, boundary="reflect")]
)
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


@given(SIDES, SIDES, st.floats(0.3, 5))
def test_every_pixel_has_the_same_weight_where_windows_reflect(height, width, sigma):
    window = gaussian(11, sigma, boundary="reflect")
    weight = window.adjoint(torch.ones(height, width, dtype=torch.float64), (height, width))
    np.testing.assert_allclose(weight, 1, rtol=1e-14)


@pytest.mark.parametrize("window", [(8, 1), (7, 7), (11, 2)])
def test_windows_without_a_pixel_in_the_middle_of_each_cannot_reflect(window):
    with pytest.raises(ValueError, match=f"{window[0]} pixels at stride {window[1]} cannot"):
        uniform(*window, "reflect")


def test_an_image_smaller_than_the_window_is_refused():
    with pytest.raises(ValueError, match="10 pixels"):
        SSIM_WINDOW.mean(torch.ones(20, 10))
