"""SSIM against scikit-image, its gradient against finite differences, and Brunet's bound."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ssimball.ssim.index import (
    change_statistics,
    deficit_terms,
    image_statistics,
    mean_ssim,
    mean_ssim_deficit,
    ssim_map,
)

NUMBERS = st.integers(0, 10_000)
SIDES = st.integers(11, 32)


@given(NUMBERS, NUMBERS, SIDES, SIDES)
def test_map_and_mean_are_those_of_scikit_image(
    picture, reference_ssim, first, second, height, width
):
    x, y = (picture(number, (3, height, width)) for number in (first, second))
    expected = reference_ssim(x, y)
    tx, ty = torch.from_numpy(x)[None], torch.from_numpy(y)[None]
    np.testing.assert_allclose(ssim_map(tx, ty)[0], expected, rtol=0, atol=1e-10)
    assert float(mean_ssim(tx, ty)) == pytest.approx(expected.mean(), abs=1e-10)


@given(st.floats(1e-9, 1e-3))
def test_deficit_of_a_small_change_keeps_its_digits(size):
    """Compare with the closed form for constant images; subtraction would lose all digits."""
    x = torch.full((1, 12, 12), 0.5, dtype=torch.float64)
    luminance, structure = deficit_terms(x, torch.full_like(x, size))
    exact = size**2 / (0.5 + size + size**2 + 1e-4)
    np.testing.assert_allclose(luminance, exact, rtol=1e-12)
    np.testing.assert_allclose(structure, 0, atol=1e-15)


@given(NUMBERS, NUMBERS)
def test_equal_images_have_ssim_one_and_order_does_not_matter(picture, first, second):
    x, y = (torch.from_numpy(picture(n, (1, 20, 20))) for n in (first, second))
    assert torch.equal(ssim_map(x, x), torch.ones(1, 10, 10, dtype=torch.float64))
    torch.testing.assert_close(ssim_map(x, y), ssim_map(y, x), rtol=0, atol=1e-10)


@given(NUMBERS, NUMBERS)
def test_brunets_distance_bounds_ssim_from_below(picture, first, second):
    x, y = (torch.from_numpy(picture(n, (3, 16, 16))) for n in (first, second))
    luminance, structure = deficit_terms(x, y - x)
    assert bool((ssim_map(x, y) >= 1 - luminance - structure - 1e-12).all())


def test_gradient_passes_gradcheck():
    rng = np.random.default_rng(0)
    x = torch.from_numpy(rng.random((2, 2, 13, 12)))
    y = torch.from_numpy(rng.random((2, 2, 13, 12))).requires_grad_(True)
    assert torch.autograd.gradcheck(lambda y: mean_ssim(x, y), (y,))
    assert torch.autograd.gradcheck(lambda y: mean_ssim(y, x), (y,))


@pytest.mark.parametrize("kind", range(6))
@pytest.mark.parametrize("size", [0.0, 0.02])
def test_gradient_of_the_deficit_passes_gradcheck(picture, kind, size):
    """Check all kinds of images, also flat and saturated ones; without change it is 0."""
    x = torch.from_numpy(picture(kind, (1, 13, 12)))[None]
    image = image_statistics(x)
    d = size * torch.from_numpy(np.random.default_rng(kind).standard_normal(x.shape))
    d.requires_grad_(True)

    def deficit(d):
        return mean_ssim_deficit(image, change_statistics(x, d, image))

    # Steps far below the roots of C1 and C2, the scale at which SSIM bends on flat images.
    assert torch.autograd.gradcheck(deficit, (d,), eps=1e-6, atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(deficit(d), 1 - mean_ssim(x, x + d), rtol=0, atol=1e-12)
    (gradient,) = torch.autograd.grad(deficit(d), d)
    assert bool((gradient == 0).all()) == (size == 0)
