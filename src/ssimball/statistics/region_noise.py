"""Regions across images: the fall of the margin, fooling rates, and random sets beside."""

from typing import Any

import numpy as np
import pandas as pd

from ssimball.statistics.inference import Inference
from ssimball.statistics.intervals import Interval, mean_intervals, rate_intervals
from ssimball.storage.contracts.region_names import RANDOM, REGIONS

#: Values of an image and region: the fall of the margin, and whether the changed image fools.
FALL, FOOLED = "margin_fall", "fooled"


def summarise_region_noise(outcomes: pd.DataFrame, inference: Inference) -> list[dict[str, Any]]:
    """Summarise each region over images; nothing is tested.

    An image's random sets are averaged first.

    Args:
        outcomes: columns image_id, region, margin_fall and fooled, a row per image, region and
            draw; values are null where there is none.
        inference: settings of intervals.

    Returns:
        Rows of contracts.region_noise.REGION_NOISE_SUMMARY.
    """
    by_image = mean_by_image(outcomes, [FALL, FOOLED])
    return [region_row(region, by_image, inference, "region noise") for region in REGIONS]


def mean_by_image(outcomes: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """Return values by image, for each column and region; random sets are averaged.

    Args:
        outcomes: columns image_id, region and these, a row per image, region and draw.
        columns: the columns of the values.
    """
    values = outcomes.astype(dict.fromkeys(columns, float))
    return values.pivot_table(
        columns, index="image_id", columns="region", aggfunc="mean", dropna=False
    )


def region_row(
    region: str, by_image: pd.DataFrame, inference: Inference, purpose: str
) -> dict[str, Any]:
    """Summarise one region: falls of the margin and fooling rates, with intervals.

    Args:
        region: its name.
        by_image: values of FALL and FOOLED by image, for each region.
        inference: settings of intervals.
        purpose: names the resamples.
    """
    known = by_image[by_image[FALL, region].notna()]
    falls, fooled = (known[value, region].to_numpy(np.float64) for value in (FALL, FOOLED))
    over = falls - known[FALL, RANDOM].to_numpy(np.float64)
    rng = inference.rng(purpose, region)
    bootstrap = inference.bootstrap(inference.clusters(known.index))
    # One call, so that all three have the same resamples.
    fall, rate, difference = mean_intervals(np.array([falls, fooled, over]), rng, **bootstrap)
    if region != RANDOM:
        [rate] = rate_intervals(fooled[None], rng, **bootstrap)
    return {
        "region": region,
        "n": len(known),
        "n_missing": len(by_image) - len(known),
        **_columns("margin_fall", fall),
        **_columns("fooling_rate", rate),
        **_columns("over_random", Interval(None) if region == RANDOM else difference),
        "unit_kind": inference.units.kind.value,
    }


def _columns(name: str, interval: Interval) -> dict[str, float | None]:
    return {name: interval.value, f"{name}_low": interval.low, f"{name}_high": interval.high}
