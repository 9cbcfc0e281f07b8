"""Measures of a stored image against scikit-image, numpy, scipy and known displacements."""

import math
import warnings

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from pytorch_msssim import ms_ssim
from skimage.metrics import peak_signal_noise_ratio

from ssimball.ssim.luma import luma
from ssimball.ssim.pass_similarity import alignment, pass_similarity
from ssimball.ssim.quality import MS_SSIM_SIDE, multiscale, quality
from ssimball.ssim.reference import Reference
from ssimball.ssim.windows import SSIM_WINDOW

NUMBERS = st.integers(0, 10_000)
SIZES = st.floats(-3, 0).map(lambda power: 10.0**power)


def to_8_bit(image):
    return np.round(255 * np.clip(image, 0, 1)) / 255


def noisy(image, size, seed=0):
    noise = np.random.default_rng(seed).standard_normal(image.shape)
    return to_8_bit(image + size * noise)


def tensors(*images):
    return [torch.from_numpy(np.ascontiguousarray(image)) for image in images]


@pytest.fixture(scope="module")
def photograph(scene):
    """Give the scene as float64 (3, 224, 224)."""
    return scene.transpose(2, 0, 1) / 255


@given(NUMBERS, SIZES)
def test_norms_psnr_and_ssim_of_any_pair(picture, reference_ssim, number, size):
    clean = to_8_bit(picture(number, (3, 24, 20)))
    stored = noisy(clean, size, number)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        first, second = tensors(clean, stored)
        measures = quality(Reference(first), second)
    change = (stored - clean).reshape(3, -1)
    assert measures["l0"] == np.count_nonzero(np.abs(change).max(0))
    for name, order in (("l1", 1), ("l2", 2), ("linf", np.inf)):
        assert measures[name] == pytest.approx(np.linalg.norm(change.ravel(), order))
    if measures["psnr"] is None:
        np.testing.assert_array_equal(clean, stored)
    else:
        expected = peak_signal_noise_ratio(clean, stored, data_range=1)
        assert measures["psnr"] == pytest.approx(expected)
    for width in (2, 5):
        share = measures[f"outer_energy_{width}"]
        squares = (stored - clean) ** 2
        inner = np.zeros((24, 20), bool)
        inner[width:-width, width:-width] = True
        assert share is None or share == pytest.approx(squares[:, ~inner].sum() / squares.sum())
        assert (share is None) == (not squares.any())
    weights = np.array([0.299, 0.587, 0.114])
    maps = reference_ssim(clean, stored)
    of_luma = reference_ssim(*(np.tensordot(weights, rgb, 1)[None] for rgb in (clean, stored)))
    for name, take in (("mean", np.mean), ("min", np.min)):
        assert measures[f"{name}_ssim"] == pytest.approx(take(maps), abs=1e-10)
        assert measures[f"{name}_ssim_channels"] == pytest.approx(take(maps, (1, 2)), abs=1e-10)
        assert measures[f"{name}_ssim_luma"] == pytest.approx(take(of_luma), abs=1e-10)
    assert measures["pass_similarity"] is None or math.isfinite(measures["pass_similarity"])


def paper_ms_ssim(x, y):
    """Return equation 7 of Wang, Simoncelli, Bovik (2003); one channel, sides divisible by 16."""
    taps = scipy.signal.windows.gaussian(11, 1.5)
    window = np.outer(taps, taps) / taps.sum() ** 2

    def mean(image):
        return scipy.signal.convolve2d(image, window, mode="valid")

    product = 1.0
    for scale, weight in enumerate([0.0448, 0.2856, 0.3001, 0.2363, 0.1333]):
        if scale:
            h, w = x.shape
            x, y = (a.reshape(h // 2, 2, w // 2, 2).mean((1, 3)) for a in (x, y))
        mx, my = mean(x), mean(y)
        vx, vy, vxy = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
        term = (2 * vxy + 0.03**2) / (vx + vy + 0.03**2)
        if scale == 4:
            term = term * (2 * mx * my + 0.01**2) / (mx**2 + my**2 + 0.01**2)
        product *= term.mean() ** weight
    return product


@pytest.mark.parametrize("size", [0.02, 0.2])
def test_ms_ssim_is_that_of_the_paper(photograph, size):
    clean = photograph[:, :176, :192]
    stored = noisy(clean, size)
    expected = np.mean([paper_ms_ssim(x, y) for x, y in zip(clean, stored, strict=True)])
    assert multiscale(*tensors(clean, stored)) == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(("height", "width"), [(161, 163), (224, 224), (177, 190)])
@pytest.mark.parametrize("size", [0.02, 1.0])
def test_ms_ssim_is_that_of_pytorch_msssim_also_for_odd_sides(photograph, height, width, size):
    clean = photograph[:, :height, :width]
    first, second = tensors(clean, noisy(clean, size))
    # The package's own window is float32.
    window = first.new_tensor(SSIM_WINDOW.taps).expand(3, 1, 1, -1)
    expected = float(ms_ssim(first[None], second[None], data_range=1.0, win=window))
    assert multiscale(first, second) == pytest.approx(expected, abs=1e-10)


def test_ms_ssim_needs_a_side_that_can_be_halved_four_times(photograph):
    for side, known in ((MS_SSIM_SIDE - 1, False), (MS_SSIM_SIDE, True)):
        (small,) = tensors(photograph[:, :side])
        assert (
            (multiscale(small, small) == pytest.approx(1))
            if known
            else (multiscale(small, small) is None)
        )


@settings(max_examples=40)
@given(st.integers(-5, 5), st.integers(-5, 5), st.floats(0, 0.05))
def test_pass_of_a_shifted_noisy_image_is_ssim_of_the_overlap(
    photograph, reference_ssim, down, right, size
):
    """Check both orders; without a shift it is plain SSIM, as noise is no displacement."""
    noise = noisy(photograph, size)
    clean = photograph[:, 10:200, 10:200]
    stored = noise[:, 10 + down : 200 + down, 10 + right : 200 + right]
    rows = slice(10 + max(down, 0), 200 + min(down, 0))
    columns = slice(10 + max(right, 0), 200 + min(right, 0))
    overlap = reference_ssim(photograph[:, rows, columns], noise[:, rows, columns]).mean()
    for pair in ((clean, stored), (stored, clean)):
        assert pass_similarity(*tensors(*pair)) == pytest.approx(overlap, abs=5e-3)
    if abs(down) + abs(right) >= 2:
        assert reference_ssim(clean, stored).mean() < overlap - 0.05


def landed(homography):
    """Return the images of the corners of a square of 191 pixels, (2, 4)."""
    points = homography @ np.array([[0, 0, 1], [190, 0, 1], [0, 190, 1], [190, 190, 1]]).T
    return points[:2] / points[2]


@settings(max_examples=25)
@given(st.floats(-2, 2), st.floats(-3, 3), st.floats(-3, 3), st.floats(-2e-5, 2e-5))
def test_alignment_recovers_a_known_homography_and_its_inverse(
    photograph, reference_ssim, degrees, right, down, tilt
):
    turn = math.radians(degrees)
    c, s = math.cos(turn), math.sin(turn)
    centre = np.array([[1, 0, 95], [0, 1, 95], [0, 0, 1]])
    known = centre @ [[c, -s, right], [s, c, down], [tilt, 0, 1]] @ np.linalg.inv(centre)
    y, x = np.mgrid[:191, :191]
    u, v, w = np.tensordot(known, np.stack([x, y, np.ones_like(x)]), 1)
    source = [v / w + 16, u / w + 16]
    moved = np.array([scipy.ndimage.map_coordinates(channel, source) for channel in photograph])
    here, there = tensors(photograph[:, 16:207, 16:207], to_8_bit(moved))
    # The content of ``there`` at (x, y) is that of ``here`` at known (x, y).
    np.testing.assert_allclose(landed(alignment(luma(there), luma(here))), landed(known), atol=0.25)
    back = landed(np.linalg.inv(known))
    np.testing.assert_allclose(landed(alignment(luma(here), luma(there))), back, atol=0.25)
    plain = reference_ssim(here.numpy(), there.numpy()).mean()
    if plain < 0.8:
        assert 1 - pass_similarity(here, there) < (1 - plain) / 10


def test_pass_is_one_for_equal_images_and_none_without_anything_to_align(photograph):
    image, flat = tensors(photograph, np.full_like(photograph, 0.2))
    assert pass_similarity(image, image) == pytest.approx(1, abs=1e-9)
    for pair in ((flat, flat), (flat, image), (image, flat)):
        assert pass_similarity(*pair) is None
