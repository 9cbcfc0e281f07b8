"""The stored 8-bit image: its mean SSIM by scikit-image, and how little the scaling gives away."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ssimball.attacks.eight_bit import (
    RESOLUTION,
    SLACK,
    RoundedLine,
    match_8_bit,
    shrink_to_8_bit,
)
from ssimball.ssim.reference import Reference
from ssimball.storage.images import to_8_bit

NUMBERS = st.integers(0, 10_000)
SIZES = st.floats(-3, 0).map(lambda power: 10.0**power)
FLOORS = st.floats(0.3, 0.9999)


def pair(picture, number, size):
    """Return an 8-bit image and a perturbed one, float64 (3, 24, 24)."""
    clean = np.round(255 * picture(number, (3, 24, 24))) / 255
    noise = size * np.random.default_rng(number).standard_normal(clean.shape)
    return clean, np.clip(clean + noise, 0, 1)


def line(clean, adversarial):
    return RoundedLine(Reference(torch.from_numpy(clean)), torch.from_numpy(adversarial))


def stored_as_floats(image):
    return image.transpose(2, 0, 1) / 255


@given(NUMBERS, SIZES, FLOORS)
def test_floor_holds_and_the_factor_is_as_large_as_it_can_be(
    picture, reference_ssim, number, size, floor
):
    clean, adversarial = pair(picture, number, size)
    image, scale = shrink_to_8_bit(line(clean, adversarial), floor)

    def rounded(factor):
        return np.round(255 * (clean + factor * (adversarial - clean))) / 255

    assert (image.dtype, image.shape) == (np.uint8, (24, 24, 3))
    reached = reference_ssim(clean, stored_as_floats(image)).mean()
    assert reached >= floor
    assert np.abs(stored_as_floats(image) - rounded(scale)).max() < 1e-9
    if scale < 1 and 1 - reached < (1 - SLACK) * (1 - floor) - 1e-8:
        # The next image with other levels is too far.
        assert reference_ssim(clean, rounded((1 + RESOLUTION) * scale)).mean() < floor


@given(NUMBERS, SIZES)
def test_images_above_the_floor_are_not_scaled(picture, reference_ssim, number, size):
    clean, adversarial = pair(picture, number, size)
    plain = to_8_bit(torch.from_numpy(adversarial))
    image, scale = shrink_to_8_bit(line(clean, adversarial), None)
    np.testing.assert_array_equal(image, plain)
    assert scale == 1.0
    floor = reference_ssim(clean, stored_as_floats(plain)).mean() - 1e-8
    image, scale = shrink_to_8_bit(line(clean, adversarial), floor)
    np.testing.assert_array_equal(image, plain)
    assert scale == 1.0


def test_unreachable_floor_gives_the_clean_image(picture):
    clean, adversarial = pair(picture, 0, 0.1)
    image, scale = shrink_to_8_bit(line(clean, adversarial), 1 - 1e-12)
    np.testing.assert_array_equal(stored_as_floats(image), clean)
    assert scale < 0.01


@given(NUMBERS, st.floats(-4, -1).map(lambda power: 10.0**power), st.floats(0.9, 0.9999))
def test_noise_of_any_size_is_scaled_to_a_mean_ssim(picture, reference_ssim, number, size, target):
    clean = np.round(255 * picture(6 * number, (3, 48, 48))) / 255
    noise = size * np.random.default_rng(number).standard_normal(clean.shape)
    # Not clipped: values at the same bound would all be rounded at the same factor.
    adversarial = clean + noise
    image, scale, reached = match_8_bit(line(clean, adversarial), target, 1e-4)
    assert reached == pytest.approx(reference_ssim(clean, stored_as_floats(image)).mean(), abs=1e-9)
    assert abs(reached - target) <= 1e-4
    rounded = np.round(255 * np.clip(clean + scale * (adversarial - clean), 0, 1)) / 255
    assert np.abs(stored_as_floats(image) - rounded).max() < 1e-9


@given(NUMBERS, st.floats(0.5, 0.99999))
def test_nearest_whole_level_is_taken(picture, reference_ssim, number, target):
    """A change of one level everywhere can only become one of k levels everywhere."""
    clean = np.round(255 * picture(6 * number, (3, 24, 24)))
    signs = np.random.default_rng(number).choice([-1, 1], clean.shape)
    choices = [np.clip(clean + k * signs, 0, 255) / 255 for k in range(80)]
    values = [reference_ssim(clean / 255, choice).mean() for choice in choices]
    _, _, reached = match_8_bit(line(clean / 255, choices[1]), target, 1e-4)
    # Beyond the first crossing, saturation can bring mean SSIM close to the target again.
    crossing = next(k for k, value in enumerate(values) if value < target)
    nearest = min(abs(value - target) for value in values[: crossing + 1])
    assert abs(reached - target) <= nearest + 1e-5
