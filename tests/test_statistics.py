"""Intervals against coverage and closed forms; the summary with missing values."""

import numpy as np
import pandas as pd
import pytest

from ssimball.statistics import (
    ABOVE,
    BELOW,
    FACTS,
    SOMETIMES,
    UNCLEAR,
    UNDECIDED,
    mean_intervals,
    summarise,
)
from ssimball.status import unchanged

IDS = [f"{n:02d}" for n in range(30)]
SETTINGS = {"confidence": 0.95, "resamples": 999, "seed": 0}


def overlap_frame(attack, shift, seed=0):
    rng = np.random.default_rng(seed)
    value, null = rng.normal(shift, 0.3, 30), rng.normal(0, 0.1, 30)
    columns = {"spearman_cam": value, "spearman_cam_null": null}
    return pd.concat(
        pd.DataFrame({"image_id": IDS, "attack": attack, "metric": metric, "value": values})
        for metric, values in columns.items()
    )


def facts_frame(attack, success, **columns):
    base = {"attack": attack, "image_id": IDS[: len(success)], "success": success}
    facts = {name: None if name in SOMETIMES else 0.5 for name in FACTS}
    return pd.DataFrame({**base, "status": "attacked", **facts, **columns})


def summary(overlap, facts, **changes):
    rows = summarise(overlap, facts, **{**SETTINGS, **changes})
    return {(row["attack"], row["metric"]): row for row in rows}


@pytest.mark.parametrize("count", [8, 40])
def test_intervals_cover_the_mean_as_often_as_they_say(count):
    rng = np.random.default_rng(0)
    hits = 0
    for sample in rng.beta(2, 4, (600, count)):
        [(_, low, high)] = mean_intervals(sample[None], rng, 0.9, 399)
        hits += low < 1 / 3 < high
    # Standard deviation of the rate: 0.012.
    assert 0.86 < hits / 600 < 0.94


def test_degenerate_samples_have_no_interval():
    rng = np.random.default_rng(0)
    assert mean_intervals(np.empty((1, 0)), rng, 0.95, 99) == [(None, None, None)]
    assert mean_intervals(np.array([[0.5]]), rng, 0.95, 99) == [(0.5, None, None)]
    constant, other = mean_intervals(np.array([[2.0, 2.0], [0.0, 1.0]]), rng, 0.95, 999)
    assert constant == (2.0, None, None)
    assert other == (0.5, 0.0, 1.0)


def test_fooling_rate_has_wilsons_interval_over_stored_images():
    facts = facts_frame(
        "a",
        [True] * 8 + [False] * 2 + [None] * 2,
        status=["attacked"] * 9 + [unchanged(">= 0.99"), "skipped: x", "failed: y"],
    )
    row = summary(overlap_frame("a", 0), facts)["a", "fooling_rate"]
    # Wilson (1927): (p + z^2/2n -+ z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).
    z, p, n = 1.959963984540054, 0.8, 10
    half = z * np.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    ends = (p + z * z / (2 * n) + np.array([-half, half])) / (1 + z * z / n)
    assert (row["n"], row["n_missing"], row["mean"]) == (10, 2, 0.8)
    assert [row["ci_low"], row["ci_high"]] == pytest.approx(ends)


def test_smallest_budget_is_averaged_over_the_images_that_have_one():
    facts = facts_frame("a", [True, True, False], smallest_budget=[0.001, 0.003, None])
    row = summary(overlap_frame("a", 0), facts)["a", "smallest_budget"]
    assert (row["n"], row["n_missing"], row["mean"]) == (2, 1, pytest.approx(0.002))


def test_verdicts_follow_the_paired_difference():
    shifts = {"up": 0.5, "down": -0.5, "same": 0.0}
    overlap = pd.concat(overlap_frame(attack, shift) for attack, shift in shifts.items())
    facts = pd.concat(facts_frame(attack, [True] * 30) for attack in shifts)
    found = summary(overlap, facts)
    verdicts = [found[attack, "spearman_cam"]["verdict"] for attack in shifts]
    assert verdicts == [ABOVE, BELOW, UNCLEAR]
    up = found["up", "spearman_cam"]
    assert up["difference"] == pytest.approx(up["mean"] - up["null_mean"])
    assert up["difference_ci_low"] < up["difference"] < up["difference_ci_high"]


def test_a_handful_of_images_decides_nothing():
    overlap = overlap_frame("a", 5.0)
    few = overlap[overlap["image_id"].isin(IDS[:5])]
    row = summary(few, facts_frame("a", [True] * 5))["a", "spearman_cam"]
    assert row["difference_ci_low"] > 0
    assert row["verdict"] == UNDECIDED


def test_an_attack_has_its_own_random_numbers_and_rows_their_own_order():
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
    overlap.loc[(overlap["image_id"] < "10") & (overlap["metric"] == "spearman_cam"), "value"] = (
        None
    )
    overlap.loc[overlap["metric"] == "spearman_cam_null", "value"] = None
    found = summary(overlap, facts_frame("a", [None] * 30, status="skipped: x", mean_ssim=None))
    row = found["a", "spearman_cam"]
    assert (row["n"], row["n_missing"]) == (20, 10)
    assert row["null_mean"] is None and row["verdict"] == UNDECIDED
    assert found["a", "fooling_rate"]["n"] == found["a", "mean_ssim"]["n"] == 0
    assert ("a", "gap") not in found and ("a", "smallest_budget") not in found
    assert not any(v != v for row in found.values() for v in row.values())
