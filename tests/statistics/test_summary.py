"""The summary: every statistic in its column, missing values, correction by families."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import tt_solve_power

from ssimball.overlap.metric import SPEARMAN_CAM, quantity_of
from ssimball.statistics.inference import Inference
from ssimball.statistics.summary import FACTS, SOMETIMES, summarise
from ssimball.statistics.verdicts import Verdict
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


def test_verdicts_follow_the_paired_difference():
    shifts = {"up": 0.5, "down": -0.5, "same": 0.0}
    overlap = pd.concat(overlap_frame(attack, shift) for attack, shift in shifts.items())
    facts = pd.concat(facts_frame(attack, [True] * 30) for attack in shifts)
    found = [summary(overlap, facts)[attack, SPEARMAN_CAM] for attack in shifts]
    assert [row["verdict"] for row in found] == [Verdict.ABOVE, Verdict.BELOW, Verdict.UNCLEAR]
    up = found[0]
    assert up["difference"] == pytest.approx(up["mean"] - up["null_mean"])
    assert up["difference_ci_low"] < up["difference"] < up["difference_ci_high"]
    corrected = multipletests([row["p_null"] for row in found], method="holm")[1]
    assert [row["p_null_holm"] for row in found] == pytest.approx(corrected)
    assert all(set(row) <= {column.name for column in SUMMARY.columns} for row in found)


def test_a_result_that_is_significant_only_before_the_correction_is_unclear():
    names = [f"a{n}" for n in range(20)]
    shifts = dict.fromkeys(names, 0.0) | {"a0": 0.2}
    overlap = pd.concat(
        overlap_frame(name, shift, seed) for seed, (name, shift) in enumerate(shifts.items())
    )
    facts = pd.concat(facts_frame(name, [True] * 30) for name in names)
    row = summary(overlap, facts)["a0", SPEARMAN_CAM]
    assert row["p_null"] < 0.05 < row["p_null_holm"]
    assert row["verdict"] == Verdict.UNCLEAR


def test_a_large_family_needs_more_images():
    # With 9 images the smallest p is 2 / 2^9, which is not below 0.05 after correction for 20.
    names = [f"a{n}" for n in range(20)]
    overlap = pd.concat(overlap_frame(name, 5.0) for name in names)
    few = overlap[overlap["image_id"].isin(IDS[:9])]
    facts = pd.concat(facts_frame(name, [True] * 9) for name in names)
    rows = [summary(few, facts)[name, SPEARMAN_CAM] for name in names]
    assert {(row["p_null"], row["verdict"]) for row in rows} == {(2 / 2**9, Verdict.UNDECIDED)}
    alone = summary(few[few["attack"] == "a0"], facts_frame("a0", [True] * 9))["a0", SPEARMAN_CAM]
    assert alone["verdict"] == Verdict.ABOVE


def test_medians_effect_size_and_resolvable_difference():
    overlap, facts = overlap_frame("a", 0.2), facts_frame("a", [True] * 30, l2=np.arange(30.0) ** 2)
    found = summary(overlap, facts)
    value, change = overlap["value"], overlap["value"] - overlap["null_value"]
    row = found["a", SPEARMAN_CAM]
    assert row["median"] == pytest.approx(value.median())
    assert row["median_ci_low"] < row["median"] < row["median_ci_high"]
    assert row["effect_size"] == pytest.approx(change.mean() / change.std())
    d = tt_solve_power(nobs=30, alpha=0.05, power=0.8)
    assert row["resolvable"] == pytest.approx(d * change.std())
    l2 = found["a", "l2"]
    assert l2["median"] == (14**2 + 15**2) / 2
    assert l2["mean"] == pytest.approx(np.mean(np.arange(30.0) ** 2))
    assert l2["p_null"] is None and l2["verdict"] is None


def test_repeated_classes_widen_intervals_and_are_the_units_of_tests():
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
    assert clustered["p_null"] > plain["p_null"]
    assert clustered["effect_size"] == pytest.approx(ones.mean() / ones.std(ddof=1))
    single = summary(overlap, facts, classes={image: image for image in IDS})
    assert single == summary(overlap, facts)


def test_a_handful_of_images_is_too_few_to_tell():
    overlap = overlap_frame("a", 5.0)
    few = overlap[overlap["image_id"].isin(IDS[:5])]
    row = summary(few, facts_frame("a", [True] * 5))["a", SPEARMAN_CAM]
    assert row["difference_ci_low"] > 0
    assert row["verdict"] == Verdict.UNDECIDED


def test_an_attack_has_random_numbers_of_its_own_and_order_does_not_matter():
    first, second = overlap_frame("a", 0.1), overlap_frame("b", 0.2, seed=1)
    facts = [facts_frame(a, [True] * 30, mean_ssim=np.linspace(0.98, 1, 30)) for a in "ab"]
    alone = summary(first, facts[0])
    both = summary(
        pd.concat([second, first]).sample(frac=1, random_state=0),
        pd.concat([facts[1], facts[0].sample(frac=1, random_state=1)]),
    )
    # Corrected values depend on the whole family.
    corrected = {"p_null_holm", "verdict"}
    own = {key: row for key, row in both.items() if key[0] == "a"}
    for key, row in alone.items():
        assert {k: v for k, v in row.items() if k not in corrected} == {
            k: v for k, v in own.pop(key).items() if k not in corrected
        }
    assert not own
    assert alone != summary(first, facts[0], seed=1)


def test_missing_values_are_counted_and_nulls_stay_null():
    overlap = overlap_frame("a", 0.4)
    overlap.loc[overlap["image_id"] < "10", "value"] = None
    overlap["null_value"] = None
    found = summary(overlap, facts_frame("a", [None] * 30, status="skipped: x", mean_ssim=None))
    row = found["a", SPEARMAN_CAM]
    assert (row["n"], row["n_missing"]) == (20, 10)
    assert row["null_mean"] is None and row["verdict"] == Verdict.UNDECIDED
    assert found["a", "fooling_rate"]["n"] == found["a", "mean_ssim"]["n"] == 0
    assert ("a", "gap") not in found and ("a", "smallest_budget") not in found
    assert not any(v != v for row in found.values() for v in row.values())
