"""Corruptions compared with scikit-image, Pillow, OpenCV, closed forms and statistics."""

import io
from itertools import pairwise

import cv2
import numpy as np
import PIL.Image
import pytest
import torch
from skimage.filters import gaussian

from ssimball.attacks.interface import Batch
from ssimball.attacks.methods.corruption import attack, plasma
from ssimball.config.attacks.controls import CorruptionConfig


def by_severity(name, *values):
    return pytest.mark.parametrize(("severity", name), list(enumerate(values, 1)))


@pytest.fixture(scope="module")
def scene_at(scene):
    """Part of a scene, not square, float64 (3, 96, 80)."""
    return scene[40:136, 60:140].transpose(2, 0, 1) / 255


def corrupted(image, kind, severity, seed=0):
    batch = Batch(torch.from_numpy(image)[None], torch.tensor([0]), [np.random.default_rng(seed)])
    return (
        attack(None, batch, CorruptionConfig(kind=kind, severity=severity)).adversarial[0].numpy()
    )


@by_severity("sigma", 1, 2, 3, 4, 6)
def test_blur_equals_scikit_image(severity, sigma, scene_at):
    expected = gaussian(scene_at, sigma=sigma, channel_axis=0)
    np.testing.assert_allclose(corrupted(scene_at, "blur", severity), expected, atol=1e-12)


@by_severity("quality", 25, 18, 15, 10, 7)
def test_jpeg_equals_pillow_and_is_close_to_opencv(severity, quality, scene_at):
    rgb = np.ascontiguousarray(np.round(255 * scene_at).astype(np.uint8).transpose(1, 2, 0))
    found = 255 * corrupted(scene_at, "jpeg", severity).transpose(1, 2, 0)
    stream = io.BytesIO()
    PIL.Image.fromarray(rgb).save(stream, format="jpeg", quality=quality)
    np.testing.assert_allclose(found, np.asarray(PIL.Image.open(stream)), atol=1e-9)
    _, coded = cv2.imencode(".jpg", rgb[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1]
    assert np.abs(found - decoded).mean() < 0.25 * np.abs(found - rgb).mean()


@by_severity("factor", 0.4, 0.3, 0.2, 0.1, 0.05)
def test_contrast_keeps_means_and_scales_deviations(severity, factor, scene_at):
    found = corrupted(scene_at, "contrast", severity)
    for before, after in zip(scene_at, found, strict=True):
        assert after.mean() == pytest.approx(before.mean())
        assert after.std() == pytest.approx(factor * before.std())
        assert np.corrcoef(before.ravel(), after.ravel())[0, 1] == pytest.approx(1)


@by_severity("strength", 1.5, 2, 2.5, 2.5, 3)
def test_haze_is_equal_in_all_channels(severity, strength, scene_at):
    top = scene_at.max()
    found = corrupted(scene_at, "haze", severity)
    veil = (found * (top + strength) / top - scene_at) / strength
    np.testing.assert_allclose(veil[1:], veil[:2], atol=1e-12)
    assert veil.min() >= -1e-12
    assert veil.max() <= 1 + 1e-12
    assert veil.std() > 0.05


def test_haze_brightens_with_severity_and_keeps_black_images(scene_at):
    dark = scene_at / scene_at.max() * 0.2
    dark[:, 0, 0] = 1.0  # the brightest point sets the colour of the haze
    means = [dark.mean()]
    for severity in (1, 2, 3, 5):  # 4 is 3 with finer haze
        seeds = [corrupted(dark, "haze", severity, seed).mean() for seed in range(8)]
        means.append(np.mean(seeds))
    assert all(less < more for less, more in pairwise(means))
    black = np.zeros_like(dark)
    np.testing.assert_array_equal(corrupted(black, "haze", 5), black)


def test_low_frequencies_dominate_a_plasma_fractal():
    """They dominate more if the noise falls faster."""
    frequency = np.abs(np.fft.fftfreq(128, 1 / 128))
    radius = np.hypot(*np.meshgrid(frequency, frequency))
    fine = []
    for decay in (2.0, 1.7, 1.4):
        power = np.zeros((128, 128))
        for seed in range(8):
            field = plasma(100, decay, np.random.default_rng(seed))
            assert field.shape == (128, 128)
            assert (field.min(), field.max()) == (0, 1)
            power += np.abs(np.fft.fft2(field - field.mean())) ** 2
        octaves = [power[(radius >= f) & (radius < 2 * f)].mean() for f in (1, 2, 4, 8, 16, 32)]
        assert all(low > 2 * high for low, high in pairwise(octaves))
        fine.append(power[radius >= 16].sum() / power.sum())
    assert fine[0] < fine[1] < fine[2] < 0.2
