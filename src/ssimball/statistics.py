"""Statistics across images: means with intervals, and values set against their null."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.stats import binomtest, bootstrap, norm, t

from ssimball.randomness import generator
from ssimball.status import has_stored_image

Array = NDArray[np.float64]
Row = dict[str, Any]

ABOVE = "above null"
BELOW = "below null"
UNCLEAR = "not distinguishable from null"
UNDECIDED = "too few images to tell"

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
    "budget",
    "smallest_budget",
    "forward_passes",
    "backward_passes",
)
#: Of these, what only some attacks, sizes or comparisons have.
SOMETIMES = ("ms_ssim", "pass_similarity", "matched", "gap", "budget", "smallest_budget")
# Random indices held at once by the bootstrap.
_BATCH = 2_000_000


def summarise(
    overlap: pd.DataFrame, facts: pd.DataFrame, *, confidence: float, resamples: int, seed: int
) -> list[Row]:
    """Each attack's facts and overlap metrics over images: rows of contracts.SUMMARY.

    Means have bootstrap intervals over images, see :func:`mean_intervals`; the fooling rate, over
    images with a stored adversarial image, has Wilson's. A metric is set against its null by the
    mean of value less null, image by image. Images count whether or not they fool the network.
    Intervals are not corrected for the number of attacks and metrics.

    Args:
        overlap: columns image_id, attack, metric, value of contracts.OVERLAP.
        facts: columns image_id, attack, status, success and :data:`FACTS` of contracts.ATTACKS,
            one row per image and attack; the order of attacks is that of the result.
        confidence: confidence level of the intervals, in (0, 1).
        resamples: bootstrap resamples.
        seed: each attack and metric has its own random numbers derived from it.
    """
    rows: list[Row] = []
    for attack in facts["attack"].unique():
        own = facts[facts["attack"] == attack].sort_values("image_id")
        rows.append({"attack": attack, **_fooling_rate(own, confidence)})
        for metric, columns in _samples(overlap[overlap["attack"] == attack], own):
            rng = generator(seed, attack, metric)
            row = {"attack": attack, "metric": metric}
            rows.append({**row, **_estimates(columns, rng, confidence, resamples)})
    return rows


def mean_intervals(
    samples: Array, rng: np.random.Generator, confidence: float, resamples: int
) -> list[tuple[float | None, float | None, float | None]]:
    """Mean and percentile bootstrap interval of each row, resampling all rows alike.

    Percentiles alone are too narrow for few images (85 % instead of 95 % at n = 6), so they are
    taken further out by the ratio of Student's to the normal quantile: the expanded percentile
    interval of Hesterberg (2015), The American Statistician 69, 371-386. BCa would cost the square
    of the number of images.

    Args:
        samples: (k, n).

    Returns:
        k times (mean, low, high); the interval is None when n < 2 or a row is constant, and all
        three are None when n = 0.
    """
    count = samples.shape[1]
    if count < 2:
        return [(float(row[0]) if count else None, None, None) for row in samples]
    student = t.ppf((1 + confidence) / 2, count - 1) * np.sqrt(count / (count - 1))
    interval = bootstrap(
        (samples,),
        np.mean,
        axis=-1,
        n_resamples=resamples,
        batch=max(1, _BATCH // count),
        vectorized=True,
        confidence_level=1 - 2 * norm.sf(student),
        method="percentile",
        rng=rng,
    ).confidence_interval
    return [
        (float(row.mean()), float(low), float(high)) if np.ptp(row) else (float(row[0]), None, None)
        for row, low, high in zip(samples, interval.low, interval.high, strict=True)
    ]


def verdict(low: float | None, high: float | None, count: int, confidence: float) -> str:
    """What the interval of value less null over ``count`` images says, in words.

    Below about six images the bootstrap cannot hold its level: even when value and null are alike,
    all differences have one sign with probability 2 (1/2)^count.
    """
    if low is None or high is None or 0.5 ** (count - 1) > 1 - confidence:
        return UNDECIDED
    if low > 0:
        return ABOVE
    return BELOW if high < 0 else UNCLEAR


def _fooling_rate(facts: pd.DataFrame, confidence: float) -> Row:
    attacked = facts.loc[facts["status"].map(has_stored_image), "success"].astype(bool)
    count = len(attacked)
    row: Row = {"metric": "fooling_rate", "n": count, "n_missing": len(facts) - count}
    if count:
        test = binomtest(int(attacked.sum()), count)
        interval = test.proportion_ci(confidence, method="wilson")
        row |= {"mean": float(attacked.mean())}
        row |= {"ci_low": float(interval.low), "ci_high": float(interval.high)}
    return row


def _samples(overlap: pd.DataFrame, facts: pd.DataFrame) -> Iterator[tuple[str, pd.DataFrame]]:
    """Metric and a frame with a row per image: ``value`` and, for overlap metrics, ``null``."""
    for fact in FACTS:
        column = facts[fact].astype(float)
        if fact not in SOMETIMES or column.notna().any():
            yield fact, pd.DataFrame({"value": column})
    wide = overlap.pivot(index="image_id", columns="metric", values="value").astype(float)
    for metric in overlap["metric"].unique():
        if not metric.endswith("_null"):
            columns = {"value": wide[metric], "null": wide[f"{metric}_null"]}
            yield metric, pd.DataFrame(columns)


def _estimates(
    columns: pd.DataFrame, rng: np.random.Generator, confidence: float, resamples: int
) -> Row:
    known = columns["value"].dropna().to_numpy()
    row: Row = {"n": len(known), "n_missing": len(columns) - len(known)}
    [found] = mean_intervals(known[None], rng, confidence, resamples)
    row |= zip(("mean", "ci_low", "ci_high"), found, strict=True)
    if "null" not in columns:
        return row
    # The null and the difference are over the images that have both.
    value, null = columns.dropna()[["value", "null"]].to_numpy().T
    nulls, differences = mean_intervals(np.stack([null, value - null]), rng, confidence, resamples)
    row |= zip(("null_mean", "null_ci_low", "null_ci_high"), nulls, strict=True)
    names = ("difference", "difference_ci_low", "difference_ci_high")
    row |= zip(names, differences, strict=True)
    return {**row, "verdict": verdict(*differences[1:], len(value), confidence)}
