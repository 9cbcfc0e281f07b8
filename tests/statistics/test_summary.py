"""The summary: every statistic in its column, units, missing values."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from ssimball.overlap.metric import SPEARMAN_CAM, quantity_of
from ssimball.statistics.inference import Inference
from ssimball.statistics.summary import FACTS, SOMETIMES, summarise
from ssimball.storage.contracts.overlap import SUMMARY
from ssimball.storage.status import Status

IDS = [f"{n:02d}" for n in range(30)]
SETTINGS = Inference(confidence=0.95, resamples=999, seed=0)


def overlap_frame(attack, shift, seed=0):
    rng = np.random.default_rng(seed)
    value, null = rng.normal(shift, 0.3, 30), rng.normal(0, 0.1, 30)
    key = {"image_id": IDS, "attack": attack, **SPEARMAN_CAM.columns()}
    return pd.DataFrame({**key, "value": value, "null_value": null})


def facts_frame(attack, success, **columns):
    base = {"attack": attack, "image_id": IDS[: len(success)], "success": success}
    facts = {name: None if name in SOMETIMES else 0.5 for name in FACTS}
    return pd.DataFrame({**base, "status": "attacked", **facts, **columns})


def summary(overlap, facts, **changes):
    rows = summarise(overlap, facts, replace(SETTINGS, **changes))
    return {(row["attack"], quantity_of(row)): row for row in rows}


def test_fooling_rate_has_wilsons_interval_over_stored_images():
    facts = facts_frame(
        "a",
        [True] * 8 + [False] * 2 + [None] * 2,
        status=["attacked"] * 9 + [str(Status.unchanged(">= 0.99")), "skipped: x", "failed: y"],
    )
    row = summary(overlap_frame("a", 0), facts)["a", "fooling_rate"]
    # Wilson (1927): (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).
    z, p, n = 1.959963984540054, 0.8, 10
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    ends = (p + z * z / (2 * n) + np.array([-half, half])) / (1 + z * z / n)
    assert (row["n"], row["n_missing"], row["mean"]) == (10, 2, 0.8)
    assert [row["ci_low"], row["ci_high"]] == pytest.approx(ends)


def test_fooling_rate_by_class_where_classes_repeat():
    # Both images of a class are fooled or neither: as informative as fifteen images.
    success = np.repeat(np.arange(15) < 9, 2)
    facts = facts_frame("a", list(success))
    classes = {image: int(image) // 2 for image in IDS}
    row = summary(overlap_frame("a", 0), facts, classes=classes)["a", "fooling_rate"]
    half = t.ppf(0.975, 14) * np.sqrt(0.6 * 0.4 / 14)
    assert (row["n"], row["mean"]) == (30, pytest.approx(0.6))
    assert row["ci_high"] - row["ci_low"] == pytest.approx(2 * half, rel=0.15)
    single = summary(overlap_frame("a", 0), facts, classes={image: image for image in IDS})
    assert single["a", "fooling_rate"]["ci_low"] > row["ci_low"]


def test_smallest_budget_is_averaged_over_the_images_that_have_one():
    facts = facts_frame("a", [True, True, False], smallest_budget=[0.001, 0.003, None])
    row = summary(overlap_frame("a", 0), facts)["a", "smallest_budget"]
    assert (row["n"], row["n_missing"], row["mean"]) == (2, 1, pytest.approx(0.002))


def test_the_difference_is_that_of_value_and_null_image_by_image():
    row = summary(overlap_frame("a", 0.5), facts_frame("a", [True] * 30))["a", SPEARMAN_CAM]
    assert row["difference"] == pytest.approx(row["mean"] - row["null_mean"])
    assert row["difference_ci_low"] < row["difference"] < row["difference_ci_high"]
    assert set(row) == {column.name for column in SUMMARY.columns}


def test_medians_and_effect_size():
    overlap, facts = overlap_frame("a", 0.2), facts_frame("a", [True] * 30, l2=np.arange(30.0) ** 2)
    found = summary(overlap, facts)
    value, change = overlap["value"], overlap["value"] - overlap["null_value"]
    row = found["a", SPEARMAN_CAM]
    assert row["median"] == pytest.approx(value.median())
    assert row["median_ci_low"] < row["median"] < row["median_ci_high"]
    assert row["effect_size"] == pytest.approx(change.mean() / change.std())
    l2 = found["a", "l2"]
    assert l2["median"] == (14**2 + 15**2) / 2
    assert l2["mean"] == pytest.approx(np.mean(np.arange(30.0) ** 2))
    assert l2["difference"] is None and l2["effect_size"] is None


def test_repeated_classes_widen_intervals_and_are_the_units_of_effect_sizes():
    ones = np.random.default_rng(0).normal(0.3, 1, 15)
    overlap = overlap_frame("a", 0.0)
    overlap["value"], overlap["null_value"] = np.repeat(ones, 2), 0.0
    facts = facts_frame("a", [True] * 30)
    classes = {image: int(image) // 2 for image in IDS}
    rows = [summary(overlap, facts, classes=of)["a", SPEARMAN_CAM] for of in (None, classes)]
    plain, clustered = rows
    assert clustered["mean"] == plain["mean"]
    widths = [row["difference_ci_high"] - row["difference_ci_low"] for row in rows]
    assert widths[1] > 1.25 * widths[0]
    assert clustered["effect_size"] == pytest.approx(ones.mean() / ones.std(ddof=1))
    single = summary(overlap, facts, classes={image: image for image in IDS})
    assert single == summary(overlap, facts)


def test_an_attack_has_random_numbers_of_its_own_and_order_does_not_matter():
    first, second = overlap_frame("a", 0.1), overlap_frame("b", 0.2, seed=1)
    facts = [facts_frame(a, [True] * 30, mean_ssim=np.linspace(0.98, 1, 30)) for a in "ab"]
    alone = summary(first, facts[0])
    both = summary(
        pd.concat([second, first]).sample(frac=1, random_state=0),
        pd.concat([facts[1], facts[0].sample(frac=1, random_state=1)]),
    )
    assert alone == {key: row for key, row in both.items() if key[0] == "a"}
    assert alone != summary(first, facts[0], seed=1)


def test_missing_values_are_counted_and_nulls_stay_null():
    overlap = overlap_frame("a", 0.4)
    overlap.loc[overlap["image_id"] < "10", "value"] = None
    overlap["null_value"] = None
    found = summary(overlap, facts_frame("a", [None] * 30, status="skipped: x", mean_ssim=None))
    row = found["a", SPEARMAN_CAM]
    assert (row["n"], row["n_missing"]) == (20, 10)
    assert row["null_mean"] is None and row["difference"] is None
    assert found["a", "fooling_rate"]["n"] == found["a", "mean_ssim"]["n"] == 0
    assert ("a", "gap") not in found and ("a", "smallest_budget") not in found
    assert not any(v != v for row in found.values() for v in row.values())
