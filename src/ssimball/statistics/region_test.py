"""The region test across images."""

from typing import Any

import pandas as pd

from ssimball.statistics.inference import Inference
from ssimball.statistics.region_noise import FALL, FOOLED, mean_by_image, region_row
from ssimball.storage.contracts.region_names import REGIONS

#: Values of an image and region beside those of :mod:`ssimball.statistics.region_noise`, by the
#: column of their mean.
MEANS = {
    "mean_ssim": "mean_ssim",
    "matched_rate": "matched",
    "share_low": "share_low",
    **{name: name for name in ("share_high", "spent_inside", "least_low", "least_high")},
}
COLUMNS = (FALL, FOOLED, *MEANS.values())


def summarise_region_test(outcomes: pd.DataFrame, inference: Inference) -> list[dict[str, Any]]:
    """Summarise each region over images; nothing is tested.

    An image's random sets are averaged first.

    Args:
        outcomes: columns image_id, region and ``COLUMNS``, a row per image, region and draw; values
            are null where there is none.
        inference: settings of intervals.

    Returns:
        Rows of contracts.region_test.REGION_TEST_SUMMARY.
    """
    by_image = mean_by_image(outcomes, list(COLUMNS))
    return [_row(region, by_image, inference) for region in REGIONS]


def _row(region: str, by_image: pd.DataFrame, inference: Inference) -> dict[str, Any]:
    row = region_row(region, by_image, inference, "region test")
    for name, column in MEANS.items():
        mean = by_image[column, region].mean()
        row[name] = None if pd.isna(mean) else float(mean)
    return row
