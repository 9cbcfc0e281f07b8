"""The summary of noise in regions against numbers by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from ssimball.statistics.inference import Inference
from ssimball.statistics.region_noise import summarise_region_noise
from ssimball.storage.contracts.region_names import REGIONS

SETTINGS = Inference(confidence=0.95, resamples=499, seed=0)
IMAGES = 20


def frame():
    """Noise in region k lowers the margin of image i by k + i; random sets by i and i + 1."""
    rows = []
    for image in range(IMAGES):
        for k, region in enumerate(REGIONS):
            falls = [float(image), image + 1.0] if region == "random" else [float(k + image)]
            rows += [
                {"image_id": f"{image:02d}", "region": region, "margin_fall": f, "fooled": f > 10}
                for f in falls
            ]
    rows += [
        {"image_id": "x", "region": region, "margin_fall": None, "fooled": None}
        for region in REGIONS
    ]
    table = pd.DataFrame(rows)
    missing = (table["image_id"] == "07") & (table["region"] == "other_cam")
    table.loc[missing, ["margin_fall", "fooled"]] = None
    return table


def test_means_rates_and_differences_are_those_by_hand():
    found = {row["region"]: row for row in summarise_region_noise(frame(), SETTINGS)}
    assert list(found) == list(REGIONS)
    for k, region in enumerate(REGIONS):
        row, images = found[region], [i for i in range(IMAGES) if (region, i) != ("other_cam", 7)]
        assert (row["n"], row["n_missing"]) == (len(images), IMAGES + 1 - len(images))
        if region == "random":
            assert row["margin_fall"] == pytest.approx(np.mean(images) + 0.5)
            assert row["over_random"] is row["over_random_low"] is None
            fooled = np.mean([((i > 10) + (i + 1 > 10)) / 2 for i in images])
            assert row["fooling_rate"] == pytest.approx(fooled)
            assert row["fooling_rate_low"] < fooled < row["fooling_rate_high"]
            continue
        assert row["margin_fall"] == pytest.approx(np.mean(images) + k)
        assert row["margin_fall_low"] < row["margin_fall"] < row["margin_fall_high"]
        # The same for all images, so there is no interval.
        assert (row["over_random"], row["over_random_low"]) == (pytest.approx(k - 0.5), None)
        fooled = sum(k + i > 10 for i in images)
        ends = binomtest(fooled, len(images)).proportion_ci(0.95, method="wilson")
        assert (row["fooling_rate_low"], row["fooling_rate_high"]) == pytest.approx(tuple(ends))


def test_a_run_without_correct_images_has_no_values():
    empty = frame().query("image_id == 'x'")
    for row in summarise_region_noise(empty, SETTINGS):
        assert (row["n"], row["n_missing"]) == (0, 1)
        assert row["margin_fall"] is row["fooling_rate"] is row["over_random"] is None
