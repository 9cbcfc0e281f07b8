"""Reference maps compared with variances that numpy computes window by window."""

import numpy as np
import pytest
from scipy.signal.windows import gaussian

from ssimball.overlap.reference_maps import OUTSIDE, reference_maps
from ssimball.storage.images import encode_png

SIDE, GRID = 28, (2, 2)
#: Weights of SSIM's windows, 11 x 11, Gaussian with sigma 1.5.
WEIGHTS = np.outer(gaussian(11, 1.5), gaussian(11, 1.5))[..., None]


def clean_row(image, mask=None):
    """Return a row of the clean table."""
    png = None if mask is None else encode_png(np.uint8(255) * mask)
    return {
        **{"image_id": "a", "status": "ok", "mask_png": png},
        "image_png": encode_png(image),
    }


def test_texture_is_the_mean_variance_of_the_windows_centred_in_a_cell():
    image = np.random.default_rng(0).integers(0, 256, (SIDE, SIDE, 3), np.uint8)
    variances = np.full((SIDE, SIDE), np.nan)
    for row in range(5, SIDE - 5):
        for column in range(5, SIDE - 5):
            window = image[row - 5 : row + 6, column - 5 : column + 6] / 255
            mean = (WEIGHTS * window).sum((0, 1)) / WEIGHTS.sum()
            deviation = WEIGHTS * (window - mean) ** 2
            variances[row, column] = (deviation.sum((0, 1)) / WEIGHTS.sum()).mean()
    half = SIDE // 2
    expected = [
        [np.nanmean(variances[i:][:half, j:][:, :half]) for j in (0, half)] for i in (0, half)
    ]
    np.testing.assert_allclose(reference_maps(clean_row(image), GRID).texture, expected, rtol=1e-10)


def test_a_mask_becomes_the_share_of_each_cell_inside_the_object():
    image, mask = np.zeros((SIDE, SIDE, 3), np.uint8), np.zeros((SIDE, SIDE), np.uint8)
    mask[:14, :7], mask[27, 27] = 1, 1
    found = reference_maps(clean_row(image, mask), GRID)
    assert found.mask_status == "ok"
    np.testing.assert_allclose(found.mask, [[0.5, 0], [0, 1 / 196]])


@pytest.mark.parametrize(("mask", "status"), [(None, None), (np.zeros((SIDE, SIDE)), OUTSIDE)])
def test_there_is_no_map_of_an_object_that_the_image_does_not_show(mask, status):
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    found = reference_maps(clean_row(image, None if mask is None else mask.astype(np.uint8)), GRID)
    assert (found.mask_status, found.mask) == (status, None)


def test_an_image_that_could_not_be_read_has_no_maps():
    row = {"image_id": "a", "status": "failed: broken", "image_png": None, "mask_png": None}
    assert reference_maps(row, GRID).row() == {
        **{"image_id": "a", "status": "failed: broken"},
        **dict.fromkeys(("texture", "mask_status", "mask")),
    }
