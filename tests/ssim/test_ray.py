"""SSIM along a ray against scikit-image and against SSIM computed anew."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ssimball.ssim.index import deficit_terms, ssim_map
from ssimball.ssim.ray import SsimRay
from ssimball.ssim.similarity import similarity

NUMBERS = st.integers(0, 10_000)
SIDES = st.integers(11, 32)
FACTORS = (0.0, 1e-3, 0.3, 1.0, 1.7)


def ray_of(picture, number, height, width):
    """Return an image, its change (towards another image), and the ray."""
    x, y = (torch.from_numpy(picture(n, (3, height, width))) for n in (number, number + 1))
    return x, y - x, SsimRay(x, y - x)


@given(NUMBERS, SIDES, SIDES)
def test_every_factor_gives_the_ssim_of_that_image(picture, reference_ssim, number, height, width):
    x, d, ray = ray_of(picture, number, height, width)
    for t in FACTORS:
        reference = reference_ssim(x.numpy(), (x + t * d).numpy())
        maps = ssim_map(x, x + t * d)
        assert ray.mean(t) == pytest.approx(reference.mean(), abs=1e-10)
        assert ray.mean(t) == pytest.approx(float(maps.mean()), abs=1e-10)
        np.testing.assert_allclose(ray.at(t).mean, maps.mean((1, 2)), atol=1e-10)
        np.testing.assert_allclose(ray.at(t).least, maps.amin((1, 2)), atol=1e-10)
        structure = 1 - deficit_terms(x, t * d)[1].mean((1, 2))
        np.testing.assert_allclose(ray.at(t).structure, structure, atol=1e-10)


@given(NUMBERS, NUMBERS)
def test_only_the_chosen_windows_count(picture, number, seed):
    x, d, _ = ray_of(picture, number, 20, 16)
    chosen = np.random.default_rng(seed).random((10, 6)) < 0.5
    chosen[0, 0] = True
    expected = ssim_map(x, x + d)[:, chosen].mean(1)
    np.testing.assert_allclose(similarity(x, x + d, windows=chosen).mean, expected, atol=1e-12)


def test_a_pair_of_images_is_the_ray_at_one(picture):
    x, d, ray = ray_of(picture, 0, 20, 16)
    both = similarity(x, x + d)
    np.testing.assert_allclose(both.mean, ray.at().mean, atol=1e-13)


@given(NUMBERS, st.floats(-5, -1).map(lambda power: 10.0**power))
def test_the_factor_of_a_deficit_gives_that_deficit(picture, number, deficit):
    x = torch.from_numpy(picture(6 * number, (3, 24, 24)))
    d = 0.05 * torch.from_numpy(np.random.default_rng(number).standard_normal(x.shape))
    ray = SsimRay(x, d)
    factor = ray.factor_of(deficit, start=1.0)
    assert 1 - ray.mean(factor) == pytest.approx(deficit, rel=1e-5)


def test_an_image_that_does_not_change_has_no_factor(picture):
    x = torch.from_numpy(picture(0, (3, 16, 16)))
    assert np.isnan(SsimRay(x, torch.zeros_like(x)).factor_of(0.01, start=1.0))
