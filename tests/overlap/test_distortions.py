"""Distortion maps compared with scikit-image and with plain means over pixels."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skimage.metrics import structural_similarity

from ssimball.overlap.distortions import distortion_maps, pooled_distortions
from ssimball.overlap.stored_maps import channel_of
from ssimball.storage.contracts.distortion_names import CHANNELS, DISTORTIONS, KINDS

LUMA = np.array([0.299, 0.587, 0.114])


def pair(seed, side=28):
    rng = np.random.default_rng(seed)
    clean = rng.integers(0, 256, (3, side, side))
    stored = np.clip(clean + rng.integers(-9, 10, clean.shape), 0, 255)
    return tuple(torch.tensor(image / 255, dtype=torch.float64) for image in (clean, stored))


def in_all_channels(clean, stored):
    """Return both images in CHANNELS[1:], (4, H, W) each."""
    return [np.concatenate([i, np.tensordot(LUMA, i, 1)[None]]) for i in (clean, stored)]


@given(st.integers(0, 2**32))
def test_the_ssim_deficit_and_its_parts_agree_with_scikit_image(seed):
    images = pair(seed)
    maps = {kind: values.numpy() for kind, values in distortion_maps(*images).items()}
    for number, (x, y) in enumerate(zip(*in_all_channels(*images), strict=True)):
        settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False}
        full = structural_similarity(x, y, data_range=1, full=True, **settings)[1][5:-5, 5:-5]
        np.testing.assert_allclose(maps["deficit"][number + 1], 1 - full, atol=1e-10)
    factors = (1 - maps["luminance"][1:]) * (1 - maps["structure"][1:])
    np.testing.assert_allclose(1 - maps["deficit"][1:], factors, atol=1e-12)
    np.testing.assert_allclose(maps["brunet"], maps["luminance"] + maps["structure"], atol=1e-15)
    for values in maps.values():
        np.testing.assert_allclose(values[0], values[1:4].mean(0), atol=1e-15)


def test_a_change_of_brightness_of_a_flat_image_is_all_luminance():
    clean = torch.full((3, 32, 32), 0.5, dtype=torch.float64)
    stored = clean + 0.1
    found = pooled_distortions(clean, stored, (2, 2))
    # S1 = (2 x y + C1) / (x² + y² + C1) with C1 = 1e-4.
    expected = 1 - (2 * 0.5 * 0.6 + 1e-4) / (0.25 + 0.36 + 1e-4)
    np.testing.assert_allclose(found["luminance"], expected)
    np.testing.assert_allclose(found["deficit"], expected)
    assert not found["structure"].any()
    np.testing.assert_allclose(found["squared"], 0.01)


def test_pooled_changes_are_means_over_the_pixels_of_a_cell():
    clean, stored = pair(0)
    found = pooled_distortions(clean, stored, (2, 2))
    x, y = in_all_channels(clean, stored)
    cell = abs(y - x)[:, 14:, :14]
    np.testing.assert_allclose(found["absolute"][1:, 1, 0], cell.mean((1, 2)))
    np.testing.assert_allclose(found["squared"][1:, 1, 0], (cell**2).mean((1, 2)))
    luma = channel_of(found["absolute"], "luma")
    np.testing.assert_array_equal(luma, found["absolute"][4])


def test_an_unchanged_image_has_no_distortion_at_all():
    clean, _ = pair(1)
    found = pooled_distortions(clean, clean.clone(), (2, 2))
    assert set(found) == set(KINDS)
    assert not any(values.any() for values in found.values())


def test_every_kind_and_channel_has_a_name():
    assert len(DISTORTIONS) == len(KINDS) * len(CHANNELS)
    assert DISTORTIONS["deficit"] == ("deficit", "mean")
    assert DISTORTIONS["squared_luma"] == ("squared", "luma")


def test_a_grid_finer_than_the_map_is_refused():
    with pytest.raises(ValueError, match="no mean"):
        pooled_distortions(*pair(2, 16), (16, 16))
