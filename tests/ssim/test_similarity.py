"""Compiled SSIM against scikit-image and against the SSIM map."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ssimball.ssim.index import deficit_terms, image_statistics, ssim_map
from ssimball.ssim.similarity import similarity

NUMBERS = st.integers(0, 10_000)
SIDES = st.integers(11, 32)
FACTORS = (0.0, 1e-3, 0.3, 1.0, 1.7)


def image_and_change(picture, number, height, width):
    """Return an image and its change towards another image."""
    x, y = (torch.from_numpy(picture(n, (3, height, width))) for n in (number, number + 1))
    return x, y - x


@given(NUMBERS, SIDES, SIDES)
def test_changes_of_any_size_have_the_ssim_of_scikit_image(
    picture, reference_ssim, number, height, width
):
    x, d = image_and_change(picture, number, height, width)
    for t in FACTORS:
        found = similarity(x, x + t * d, image_statistics(x))
        maps = ssim_map(x, x + t * d)
        reference = reference_ssim(x.numpy(), (x + t * d).numpy())
        assert found.overall == pytest.approx(reference.mean(), abs=1e-10)
        np.testing.assert_allclose(found.mean, maps.mean((1, 2)), atol=1e-10)
        np.testing.assert_allclose(found.least, maps.amin((1, 2)), atol=1e-10)
        structure = 1 - deficit_terms(x, t * d)[1].mean((1, 2))
        np.testing.assert_allclose(found.structure, structure, atol=1e-10)


@given(NUMBERS, NUMBERS)
def test_only_the_chosen_windows_count(picture, number, seed):
    x, d = image_and_change(picture, number, 20, 16)
    chosen = np.random.default_rng(seed).random((10, 6)) < 0.5
    chosen[0, 0] = True
    expected = ssim_map(x, x + d)[:, chosen].mean(1)
    np.testing.assert_allclose(similarity(x, x + d, windows=chosen).mean, expected, atol=1e-12)
