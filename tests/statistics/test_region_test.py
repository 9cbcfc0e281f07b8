"""The summary of the region test against numbers by hand."""

import pandas as pd
import pytest

from ssimball.statistics.inference import Inference
from ssimball.statistics.region_test import COLUMNS, summarise_region_test
from ssimball.storage.contracts.region_names import REGIONS

SETTINGS = Inference(confidence=0.95, resamples=99, seed=0)


def frame():
    """Two random sets an image; the object is known of one image, and one image has no values."""
    rows = []
    for image in range(8):
        for region in REGIONS:
            for draw in range(2 if region == "random" else 1):
                values = (image + draw, draw == 1, 0.99, image > 3, 0.4 + draw / 5, 0.5 + draw / 5)
                shown = region == "top_cam" or (region == "random" and not draw)
                values += (0.3, 0.1, 0.2) if shown else (None,) * 3
                if region == "object" and image:
                    values = (None,) * 9
                names = zip(COLUMNS, values, strict=True)
                rows.append({"image_id": f"{image}", "region": region, **dict(names)})
    rows += [{"image_id": "x", "region": region} | dict.fromkeys(COLUMNS) for region in REGIONS]
    return pd.DataFrame(rows)


def test_means_over_images_count_the_mean_of_random_sets():
    found = {row["region"]: row for row in summarise_region_test(frame(), SETTINGS)}
    row = found["random"]
    assert (row["n"], row["n_missing"]) == (8, 1)
    assert row["margin_fall"] == pytest.approx(3.5 + 0.5)
    assert (row["fooling_rate"], row["matched_rate"]) == (0.5, 0.5)
    assert (row["share_low"], row["share_high"]) == pytest.approx((0.5, 0.6))
    row = found["top_cam"]
    assert (row["spent_inside"], row["least_low"], row["least_high"]) == pytest.approx(
        (0.3, 0.1, 0.2)
    )
    assert found["centre"]["least_low"] is None
    assert (row["over_random"], row["mean_ssim"]) == pytest.approx((-0.5, 0.99))
    assert (found["object"]["n"], found["object"]["share_low"]) == (1, pytest.approx(0.4))


def test_a_run_without_correct_images_has_no_values():
    for row in summarise_region_test(frame().query("image_id == 'x'"), SETTINGS):
        assert row["n"] == 0
        assert row["margin_fall"] is row["share_low"] is row["matched_rate"] is None
