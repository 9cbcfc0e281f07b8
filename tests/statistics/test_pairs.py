"""Paired differences and effect sizes compared with scipy and closed forms."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import false_discovery_control, ttest_1samp
from statsmodels.stats.multitest import multipletests

from ssimball.overlap.metric import SPEARMAN_CAM, TOP_IOU_CAM, TOP_SHARE_CAM, by_metric, quantity_of
from ssimball.statistics.effects import d_z, holm
from ssimball.statistics.inference import Inference
from ssimball.statistics.pairs import comparisons
from ssimball.storage.contracts.overlap import COMPARISONS

IDS = [f"{n:02d}" for n in range(24)]
SETTINGS = Inference(confidence=0.95, resamples=499, seed=0)


def frame(seed=0, attacks="abc", metrics=(SPEARMAN_CAM,)):
    rng = np.random.default_rng(seed)
    image = rng.normal(size=len(IDS))
    rows = [
        pd.DataFrame(
            {
                "image_id": IDS,
                "attack": attack,
                **metric.columns(),
                "value": image + 0.4 * shift + rng.normal(0, 0.5, len(IDS)),
            }
        )
        for shift, attack in enumerate(attacks)
        for metric in metrics
    ]
    return pd.concat(rows, ignore_index=True)


def values(overlap, attack, metric=SPEARMAN_CAM):
    return by_metric(overlap[overlap["attack"] == attack], "value")[metric].sort_index()


def table(overlap, **changes):
    rows = comparisons(overlap, replace(SETTINGS, **changes))
    return {(row["attack"], row["other"], quantity_of(row)): row for row in rows}


def test_d_z_is_students_t_over_the_root_of_n():
    sample = np.array([3.0, -1.0, 2.0, 4.0])
    assert d_z(sample) == pytest.approx(ttest_1samp(sample, 0).statistic / np.sqrt(4))
    assert (d_z([1.0]), d_z([2.0, 2.0])) == (None, None)


def test_holm_skips_missing_p_values():
    # Holm (1979): 4, 3, 2, 1 times the ordered values, made monotone.
    found = holm([0.01, None, 0.04, 0.03, 0.005])
    assert found == pytest.approx([0.03, None, 0.06, 0.06, 0.02])
    assert holm([None]) == [None] and holm([]) == []
    many = list(np.random.default_rng(0).random(50) ** 4)
    assert holm(many) == pytest.approx(multipletests(many, method="holm")[1])
    # Never below the p-values of Benjamini and Hochberg, who control the false discovery rate.
    p = np.random.default_rng(1).random(20) ** 3
    assert (np.array(holm(list(p))) >= false_discovery_control(p) - 1e-12).all()


def test_every_pair_and_metric_has_its_row():
    overlap = frame(metrics=(SPEARMAN_CAM, TOP_SHARE_CAM, TOP_IOU_CAM))
    found = table(overlap)
    assert list(found) == [
        (*pair, metric) for metric in (SPEARMAN_CAM, TOP_SHARE_CAM) for pair in ("ab", "ac", "bc")
    ]
    difference = values(overlap, "a") - values(overlap, "c")
    row = found["a", "c", SPEARMAN_CAM]
    assert (row["n"], row["unit_kind"], row["reason"]) == (24, "images", None)
    assert row["mean_difference"] == pytest.approx(difference.mean())
    assert row["median_difference"] == pytest.approx(difference.median())
    assert row["ci_low"] < row["mean_difference"] < row["ci_high"] < 0
    assert row["median_ci_low"] <= row["median_difference"] <= row["median_ci_high"]
    assert row["d_z"] == pytest.approx(difference.mean() / difference.std())
    assert all(
        set(row) <= {column.name for column in COMPARISONS.columns} for row in found.values()
    )


def test_only_images_that_both_have_are_compared():
    overlap = frame()
    overlap.loc[(overlap["attack"] == "a") & (overlap["image_id"] < "10"), "value"] = None
    found = table(overlap)
    difference = (values(overlap, "a") - values(overlap, "b")).dropna()
    assert [row["n"] for row in found.values()] == [14, 14, 24]
    row = found["a", "b", SPEARMAN_CAM]
    assert row["mean_difference"] == pytest.approx(difference.mean())
    untouched = table(frame())["b", "c", SPEARMAN_CAM]["ci_low"]
    assert found["b", "c", SPEARMAN_CAM]["ci_low"] == pytest.approx(untouched)


def test_classes_are_the_units_of_intervals_and_effect_sizes():
    overlap = frame()
    classes = {image: int(image) // 3 for image in IDS}
    found = table(overlap, classes=classes)["a", "b", SPEARMAN_CAM]
    difference = values(overlap, "a") - values(overlap, "b")
    means = difference.groupby(classes).mean()
    assert (found["n"], found["unit_kind"], len(means)) == (24, "classes", 8)
    assert found["d_z"] == pytest.approx(means.mean() / means.std())
    assert found["mean_difference"] == pytest.approx(difference.mean())
    single = {image: n for n, image in enumerate(IDS)}
    one_each = table(overlap, classes=single)["a", "b", SPEARMAN_CAM]
    assert one_each["ci_low"] == table(overlap)["a", "b", SPEARMAN_CAM]["ci_low"]


def test_order_of_images_does_not_matter():
    overlap = frame()
    mixed = pd.concat(rows.sample(frac=1, random_state=1) for _, rows in overlap.groupby("attack"))
    assert table(mixed) == table(overlap)
    assert table(overlap, seed=1) != table(overlap)


def test_a_pair_that_cannot_be_compared_has_a_row_with_a_reason():
    overlap = frame()
    overlap.loc[overlap["attack"] == "b", "value"] = values(overlap, "a").to_numpy()
    overlap.loc[overlap["attack"] == "c", "value"] = None
    found = table(overlap)
    same = found["a", "b", SPEARMAN_CAM]
    assert (same["mean_difference"], same["d_z"]) == (0.0, None)
    assert same["reason"] == "all values are equal"
    none = found["a", "c", SPEARMAN_CAM]
    assert (none["n"], none["mean_difference"], none["reason"]) == (0, None, "no image")
    assert comparisons(frame(attacks="a"), SETTINGS) == []
