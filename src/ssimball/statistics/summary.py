"""Each attack's facts and overlap metrics over images, and metrics beside their null."""

from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from ssimball.overlap.metric import Quantity, by_metric, quantity_columns
from ssimball.statistics.attack_summary import AttackSummary, QuantitySummary, Sample
from ssimball.statistics.inference import Inference
from ssimball.statistics.intervals import Interval

#: Facts of an attacked image that are averaged. Timings stay out: they differ between equal runs.
FACTS = (
    "mean_ssim",
    "min_ssim",
    "mean_ssim_luma",
    "ms_ssim",
    "pass_similarity",
    "psnr",
    "linf",
    "l2",
    "l1",
    "l0",
    "clean_margin",
    "margin",
    "matched",
    "gap",
    "bracket_ratio",
    "budget",
    "smallest_budget",
    "forward_passes",
    "backward_passes",
)
#: Facts that only some attacks, image sizes or comparisons have.
SOMETIMES = (
    "ms_ssim",
    "pass_similarity",
    "matched",
    "gap",
    "bracket_ratio",
    "budget",
    "smallest_budget",
)


def summarise(
    overlap: pd.DataFrame,
    facts: pd.DataFrame,
    inference: Inference,
    averaged: Sequence[str] = FACTS,
) -> list[dict[str, Any]]:
    """Summarise each attack's facts and overlap metrics over images.

    Nothing is tested here; see :mod:`ssimball.statistics.primary` for what is. Means and medians
    have BCa intervals over images, see :mod:`ssimball.statistics.intervals`; the fooling rate, over
    images with a stored adversarial image, has Wilson's. A metric is compared with its null by
    value minus null, image by image; the mean of these differences has an interval and an effect
    size. Where classes are the units, all of these are over classes, and the fooling rate's
    interval is BCa too. Images count whether or not they fool the network.

    Args:
        overlap: columns image_id, attack, measure, reference, distortion, value and null_value of
            contracts.overlap.OVERLAP.
        facts: columns image_id, attack, status, success and those of ``averaged`` of
            contracts.attacks.ATTACKS, one row per image and attack, in the order of attacks of the
            result.
        inference: settings of intervals; each attack has random numbers of its own.
        averaged: the facts to average, of :data:`FACTS`.

    Returns:
        Rows of contracts.overlap.SUMMARY.
    """
    quantities: list[QuantitySummary] = []
    for attack in facts["attack"].unique():
        mine = facts[facts["attack"] == attack].set_index("image_id")
        summary = AttackSummary(attack, inference)
        quantities.append(summary.fooling_rate(mine))
        samples = _samples(overlap[overlap["attack"] == attack], mine, averaged)
        quantities += summary.quantities(dict(samples))
    return [_row(quantity) for quantity in quantities]


def _samples(
    overlap: pd.DataFrame, facts: pd.DataFrame, averaged: Sequence[str]
) -> Iterator[tuple[Quantity, Sample]]:
    """Facts and metrics of one attack, image by image."""
    for fact in averaged:
        column = facts[fact].astype(float)
        if fact not in SOMETIMES or column.notna().any():
            yield fact, Sample(column)
    nulls = by_metric(overlap, "null_value")
    for metric, values in by_metric(overlap, "value").items():
        yield metric, Sample(values, nulls[metric] if metric.has_null else None)


def _row(quantity: QuantitySummary) -> dict[str, Any]:
    """Return a row of contracts.overlap.SUMMARY."""
    difference = quantity.difference
    return {
        "attack": quantity.attack,
        **quantity_columns(quantity.quantity),
        "n": quantity.n,
        "n_missing": quantity.n_missing,
        **_ends("mean", "ci", quantity.mean),
        **_ends("median", "median_ci", quantity.median),
        **_ends("null_mean", "null_ci", quantity.null),
        **_ends("difference", "difference_ci", difference.mean if difference else None),
        "effect_size": difference and difference.effect_size,
    }


def _ends(value: str, end: str, interval: Interval | None) -> dict[str, float | None]:
    """Columns of a value and both ends of its interval."""
    ends = interval or Interval(None)
    return {value: ends.value, f"{end}_low": ends.low, f"{end}_high": ends.high}
