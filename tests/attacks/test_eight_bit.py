"""The stored 8-bit image: its mean SSIM by scikit-image, and how little the scaling gives away."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ssimball.attacks.eight_bit import SLACK, match_8_bit, shrink_to_8_bit
from ssimball.attacks.rounded_line import RoundedLine
from ssimball.attacks.scale_search import RESOLUTION, search
from ssimball.ssim.reference import Reference
from ssimball.storage.images import to_8_bit


class Unused:
    """A generator of random numbers for which there is no use."""


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
    found = match_8_bit(line(clean, adversarial), target, 1e-4, Unused())
    mean = reference_ssim(clean, stored_as_floats(found.image)).mean()
    assert found.mean_ssim == pytest.approx(mean, abs=1e-9)
    assert abs(mean - target) <= 1e-4
    # Scaled and rounded, and nothing else.
    assert found.dithered == 0
    scaled = clean + found.scale * (adversarial - clean)
    np.testing.assert_array_equal(found.image, to_8_bit(torch.from_numpy(scaled)))


def whole_levels(picture, number):
    """Return levels (3, 48, 48) away from black and white, and random signs."""
    clean = np.round(127 + 60 * (picture(6 * number, (3, 48, 48)) - 0.5))
    return clean, np.random.default_rng(number).choice([-1, 1], clean.shape)


@given(NUMBERS, st.integers(0, 6), st.floats(0.05, 0.95))
def test_whole_levels_are_dithered_between_neighbours(
    picture, reference_ssim, number, level, share
):
    """A change of ``level`` or ``level`` + 1 levels everywhere misses all that is between them."""
    clean, signs = whole_levels(picture, number)
    choices = [(clean + k * signs) / 255 for k in (level, level + 1)]
    few, many = (reference_ssim(clean / 255, choice).mean() for choice in choices)
    target = (1 - share) * few + share * many
    tolerance = 0.04 * (few - many)
    change = line(clean / 255, (clean + 4 * signs) / 255)
    found = match_8_bit(change, target, tolerance, np.random.default_rng(number))
    reached = reference_ssim(clean / 255, stored_as_floats(found.image)).mean()
    assert abs(reached - target) <= tolerance
    # Scaling alone gives the smaller change, and each value keeps it or is one level beyond.
    steps = (255 * stored_as_floats(found.image) - clean).round() * signs
    assert set(np.unique(steps)) == {level, level + 1}
    rounded = 255 * clean / 255 + found.scale * 4 * signs
    np.testing.assert_array_equal(rounded.round(), clean + level * signs)
    assert found.dithered == pytest.approx((steps == level + 1).mean(), abs=1e-12)


class LinearLine(RoundedLine):
    """A line whose SSIM deficit is a thousandth of the mean change in levels."""

    def measure(self, levels):
        change = (levels - 255 * self._clean.image).abs().mean()
        self.measurements = getattr(self, "measurements", 0) + 1
        return SimpleNamespace(overall=1 - float(change) / 1000)


@pytest.mark.parametrize("share", [0.001, 0.2, 0.5, 0.9])
def test_share_is_the_known_one_where_the_deficit_is_linear(picture, share):
    clean, signs = whole_levels(picture, 2)
    perturbed = torch.from_numpy((clean + 4 * signs) / 255)
    change = LinearLine(Reference(torch.from_numpy(clean / 255)), perturbed)
    target = 1 - (2 + share) / 1000
    found = match_8_bit(change, target, 1e-7, np.random.default_rng(0))
    # One value is 1 / 6912 of the share; the search ends within 1e-5 of it, or at the nearest.
    assert found.dithered == pytest.approx(share, abs=1 / clean.size + 1e-5)
    assert change.measurements <= 25


def test_seed_decides_which_values_are_dithered(picture):
    clean, signs = whole_levels(picture, 1)
    limits = [line(clean / 255, (clean + k * signs) / 255).deficit(1.0) for k in (1, 2)]

    def moved(share, seed):
        change = line(clean / 255, (clean + 4 * signs) / 255)
        target = 1 - np.average(limits, weights=[1 - share, share])
        found = match_8_bit(change, target, 1e-5, np.random.default_rng(seed))
        return np.abs(255 * stored_as_floats(found.image) - clean).round() == 2

    few, more, other = moved(0.3, 0), moved(0.6, 0), moved(0.3, 1)
    np.testing.assert_array_equal(few, moved(0.3, 0))
    # More distortion moves the same values and others beside them.
    assert few.sum() < more.sum() and not (few & ~more).any()
    # Another seed chooses independently: a third of a third is shared.
    assert (few & other).mean() == pytest.approx(few.mean() * other.mean(), abs=0.02)


def test_whole_levels_take_few_measurements(picture):
    """The search looks for the step itself, in place of enclosing it to 1e-4 by bisection."""
    clean, signs = whole_levels(picture, 3)
    for steps in (3, 4, 7.6):
        change = line(clean / 255, (clean + steps * signs) / 255)
        limits = [line(clean / 255, (clean + k * signs) / 255).deficit(1.0) for k in (1, 2)]
        low, high = search(change, *(np.mean(limits) + 1e-6 * np.array([-1, 1])))
        assert low < 1.5 / steps < high <= (1 + RESOLUTION) * low
        assert len(change.deficits) - 1 <= 8  # enclosing it takes 13 and more


def test_target_beyond_black_and_white_is_not_met():
    """A patch that is white already can change no further."""
    clean = np.full((3, 24, 24), 250 / 255)
    adversarial = clean.copy()
    adversarial[:, 10:12, 10:12] = 1
    found = match_8_bit(line(clean, adversarial), 0.3, 1e-4, Unused())
    assert (found.dithered, found.image.max()) == (0, 255)
    assert found.mean_ssim > 0.4
