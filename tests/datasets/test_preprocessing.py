"""Resizing and cropping agree with torchvision; 8-bit images survive conversion to tensors."""

import numpy as np
import PIL.Image
import torch
from hypothesis import given
from hypothesis import strategies as st
from torchvision import transforms

from ssimball.config.model import PreprocessingConfig
from ssimball.datasets.interface import Image
from ssimball.datasets.preprocessing import preprocess
from ssimball.storage.images import to_8_bit, to_tensor

SIDES = st.integers(32, 120)


def random_image(height, width):
    rng = np.random.default_rng(height * 1000 + width)
    rgb = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image(rgb, rng.random((height, width)) < 0.3)


def by_torchvision(pixels, resize, crop, interpolation):
    steps = [transforms.CenterCrop(crop)]
    if resize is not None:
        mode = transforms.InterpolationMode(interpolation)
        steps.insert(0, transforms.Resize(resize, mode))
    return np.asarray(transforms.Compose(steps)(PIL.Image.fromarray(pixels)))


@given(
    SIDES,
    SIDES,
    st.one_of(st.none(), st.integers(32, 90)),
    st.integers(32, 90),
    st.sampled_from(["bilinear", "bicubic", "lanczos"]),
)
def test_pixels_and_mask_are_torchvisions(height, width, resize, crop, interpolation):
    image = random_image(height, width)
    crop = min(crop, resize or min(height, width))
    settings = PreprocessingConfig(resize=resize, crop=crop, interpolation=interpolation)
    square = preprocess(image, settings)
    np.testing.assert_array_equal(
        square.rgb, by_torchvision(image.rgb, resize, crop, interpolation), strict=True
    )
    mask = by_torchvision(image.mask.astype(np.uint8), resize, crop, "nearest")
    np.testing.assert_array_equal(square.mask, mask.astype(bool), strict=True)


def test_photograph_of_another_shape(scene):
    tall = np.repeat(scene, 3, axis=0)
    for rgb in (tall, tall.transpose(1, 0, 2)):
        square = preprocess(Image(np.ascontiguousarray(rgb)), PreprocessingConfig(resize=256))
        assert square.mask is None
        expected = by_torchvision(np.ascontiguousarray(rgb), 256, 224, "bilinear")
        np.testing.assert_array_equal(square.rgb, expected, strict=True)


def test_every_level_survives_conversion_to_a_tensor_and_back():
    rgb = np.arange(256 * 3, dtype=np.uint32).astype(np.uint8).reshape(16, 16, 3)
    tensor = to_tensor(rgb)
    assert tensor.dtype == torch.float64
    assert float(tensor[2, 3, 5]) == rgb[3, 5, 2] / 255
    np.testing.assert_array_equal(to_8_bit(tensor), rgb, strict=True)
    np.testing.assert_array_equal(to_8_bit(tensor.float()), rgb, strict=True)


@given(st.floats(-2, 3))
def test_rounding_takes_the_nearest_level_of_the_clipped_value(value):
    level = int(to_8_bit(torch.full((3, 1, 1), value, dtype=torch.float64))[0, 0, 0])
    assert 0 <= level <= 255
    assert abs(level - 255 * min(max(value, 0), 1)) <= 0.5 + 1e-9
