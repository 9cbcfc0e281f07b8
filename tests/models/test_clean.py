"""Rows of clean images hold predictions, or the reason why there are none."""

import hashlib

import numpy as np
import pytest
import torch

from ssimball.config.model import PreprocessingConfig
from ssimball.datasets.interface import Entry, Image
from ssimball.errors import ImageError
from ssimball.models.clean import clean_row
from ssimball.storage.images import decode_png

SETTINGS = PreprocessingConfig(crop=64)
ENTRY = Entry("a", 3)


class OneImage:
    """A data set of one image, which may be unreadable."""

    def __init__(self, image, error=None):
        self.image, self.error = image, error

    def sha256(self, entry):
        return hashlib.sha256(self.image.rgb.tobytes()).hexdigest()

    def mask_sha256(self, entry):
        mask = self.image.mask
        return None if mask is None else hashlib.sha256(mask.tobytes()).hexdigest()

    def load(self, entry):
        if self.error:
            raise ImageError(self.error)
        return self.image


@pytest.fixture(scope="module")
def image(scene):
    return Image(scene[40:140, 30:150], scene[40:140, 30:150, 0] > 128)


def row_of(dataset, classifier, entry=ENTRY, **changes):
    selected = {
        "image_id": "a",
        "label": 3,
        "status": "selected",
        "sha256": dataset.sha256(entry),
        "mask_sha256": dataset.mask_sha256(entry),
    }
    return clean_row({**selected, **changes}, dataset, entry, SETTINGS, classifier)


def test_row_holds_the_image_and_what_the_network_says(image, demo_classifier):
    row = row_of(OneImage(image), demo_classifier)
    np.testing.assert_array_equal(decode_png(row["image_png"]), image.rgb[18:82, 28:92])
    np.testing.assert_array_equal(decode_png(row["mask_png"]), 255 * image.mask[18:82, 28:92])
    stored = decode_png(row["image_png"]).transpose(2, 0, 1) / 255
    with torch.no_grad():
        logits = demo_classifier(torch.from_numpy(stored)[None])[0].double().numpy()
    probabilities = np.exp(logits) / np.exp(logits).sum()
    assert row["status"] == "ok"
    assert row["predicted"] == logits.argmax()
    assert row["correct"] == (logits.argmax() == 3)
    assert row["probability"] == pytest.approx(probabilities.max(), rel=1e-5)
    assert row["label_probability"] == pytest.approx(probabilities[3], rel=1e-5)
    assert row["margin"] == pytest.approx(logits[3] - np.delete(logits, 3).max(), abs=1e-4)
    np.testing.assert_allclose(row["logits"], logits, atol=1e-5)


def test_image_without_mask_has_none(image, demo_classifier):
    assert row_of(OneImage(Image(image.rgb)), demo_classifier)["mask_png"] is None


@pytest.mark.parametrize(
    ("error", "entry", "changes", "status"),
    [
        ("a.png: truncated", ENTRY, {}, "failed: a.png: truncated"),
        (None, ENTRY, {"sha256": "0" * 64}, "failed: the file changed after the subset was drawn"),
        (None, ENTRY, {"mask_sha256": "0" * 64}, "failed: the mask or boxes changed after the sub"),
        (None, ENTRY, {"mask_sha256": None}, "failed: the mask or boxes changed after the subset"),
        (None, None, {}, "failed: the file changed after the subset was drawn"),
        (None, ENTRY, {"status": "failed: no file", "sha256": None}, "failed: no file"),
    ],
    ids=["unreadable", "changed", "mask changed", "mask added", "gone", "failed before"],
)
def test_image_that_cannot_be_used_is_a_row_with_the_reason(
    image, demo_classifier, error, entry, changes, status
):
    row = row_of(OneImage(image, error), demo_classifier, entry, **changes)
    assert row["status"].startswith(status)
    assert set(row) == {"image_id", "label", "status"}
