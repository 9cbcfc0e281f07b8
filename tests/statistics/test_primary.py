"""The primary endpoint: one test per attack, Holm over all, what it takes, degenerate runs."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import permutation_test
from statsmodels.stats.multitest import multipletests

from ssimball.config.across import StatisticsConfig
from ssimball.overlap.metric import SPEARMAN_CAM, TOP_SHARE_CAM, quantity_of
from ssimball.statistics.inference import Inference
from ssimball.statistics.power import detectable_d_z, units_needed
from ssimball.statistics.primary import Verdict, primary_results
from ssimball.statistics.summary import FACTS, summarise
from ssimball.statistics.units import UnitKind, choose_units
from ssimball.storage.contracts.overlap import PRIMARY

IDS = [f"{n:02d}" for n in range(30)]
SETTINGS = Inference(confidence=0.95, resamples=499, seed=0)
ALONE = "there is no other image to compare with"


def frame(attack, shift, seed=0, count=30, metric=SPEARMAN_CAM):
    rng = np.random.default_rng(seed)
    value, null = rng.normal(shift, 0.3, 30), rng.normal(0, 0.1, 30)
    key = {"image_id": IDS, "attack": attack, **metric.columns(), "value": value}
    return pd.DataFrame(key | {"null_value": null, "reason": None, "null_reason": None})[:count]


def results(*frames, attacks=None, controls=(), **changes):
    overlap = pd.concat(frames, ignore_index=True)
    names = attacks or list(overlap["attack"].unique())
    found = primary_results(overlap, names, controls, replace(SETTINGS, **changes))
    columns = {column.name for column in PRIMARY.columns}
    assert all(set(result.row()) == columns for result in found)
    # Tables hold plain text, which the audit compares with what it derives.
    assert {type(result.row()["verdict"]) for result in found} <= {str}
    return {result.attack: result for result in found}


def differences(rows):
    return (rows["value"] - rows["null_value"]).to_numpy()


def test_each_attack_and_control_has_one_test_corrected_over_all():
    # Another metric of the same attacks is no member of the family.
    other = frame("up", 5.0, metric=TOP_SHARE_CAM)
    frames = [frame("up", 0.5), frame("down", -0.5, 1), frame("same", 0.0, 2)]
    found = results(*frames, other, controls=["same"])
    assert [one.verdict for one in found.values()] == [
        *(Verdict.ABOVE, Verdict.BELOW, Verdict.UNCLEAR)
    ]
    assert [one.is_control for one in found.values()] == [False, False, True]
    corrected = multipletests([one.p for one in found.values()], method="holm")[1]
    assert [one.p_holm for one in found.values()] == pytest.approx(corrected)
    sample = differences(frames[2])
    theirs = permutation_test(
        (sample, -sample),
        lambda x, y, axis: np.abs(np.mean(x - y, axis=axis)),
        permutation_type="samples",
        alternative="greater",
        n_resamples=9999,
        vectorized=True,
        rng=0,
    )
    assert found["same"].p == pytest.approx(theirs.pvalue, abs=0.02)
    up = found["up"]
    assert (up.n, up.n_missing, up.units, up.unit_kind) == (30, 0, 30, UnitKind.IMAGES)
    assert up.ci_low < up.effect < up.ci_high and up.reason is None


def test_the_effect_and_its_interval_are_those_of_the_summary():
    rows = frame("a", 0.2)
    facts = pd.DataFrame({"image_id": IDS, "attack": "a", "status": "attacked", "success": True})
    facts = facts.assign(**dict.fromkeys(FACTS, 0.5))
    for classes in (None, {image: int(image) // 3 for image in IDS}):
        found = results(rows, classes=classes)["a"]
        table = summarise(rows, facts, replace(SETTINGS, classes=classes))
        [row] = [row for row in table if quantity_of(row) == SPEARMAN_CAM]
        assert (found.effect, found.ci_low, found.ci_high) == (
            *(row[name] for name in ("difference", "difference_ci_low", "difference_ci_high")),
        )


def test_what_can_be_resolved_and_what_it_takes_are_at_holms_worst_case():
    found = results(frame("up", 0.5), *(frame(f"a{n}", 0.05, n) for n in range(1, 5)))
    assert found["up"].images_needed is None
    unclear = [one for one in found.values() if one.verdict == Verdict.UNCLEAR]
    assert unclear
    for one in unclear:
        sample = differences(frame(one.attack, 0.05, int(one.attack[1:])))
        assert one.resolvable == pytest.approx(detectable_d_z(30, 0.05 / 5) * sample.std(ddof=1))
        d = sample.mean() / sample.std(ddof=1)
        assert one.images_needed == units_needed(d, 0.05 / 5) > 30


def test_of_too_few_images_no_test_is_claimed():
    # With 9 images the smallest p is 2 / 2^9, which is not below 0.05 after correction for 20.
    found = results(*(frame(f"a{n}", 5.0, count=9) for n in range(20)))
    assert {(one.p, one.verdict, one.resolvable) for one in found.values()} == {
        (2 / 2**9, Verdict.TOO_FEW, None)
    }
    # The fewest images with 2^(1 - n) < 0.05 / 20.
    assert {one.images_needed for one in found.values()} == {10}
    assert results(frame("a0", 5.0, count=9))["a0"].verdict == Verdict.ABOVE


def test_classes_are_flipped_together_and_count_as_units():
    ones = np.random.default_rng(0).normal(0.3, 1, 10)
    rows = frame("a", 0.0).assign(value=np.repeat(ones, 3), null_value=0.0)
    classes = {image: int(image) // 3 for image in IDS}
    found = results(rows, classes=classes, unit_reason="why")["a"]
    alone = results(rows[::3])["a"]
    assert (found.n, found.units, found.unit_kind) == (30, 10, UnitKind.CLASSES)
    assert found.unit_reason == "why"
    assert (found.p, found.verdict) == (alone.p, alone.verdict)
    assert found.ci_low == pytest.approx(alone.ci_low, abs=0.02)
    assert found.images_needed == 3 * alone.images_needed


def no_nulls(attack, **columns):
    return frame(attack, 0.3).assign(value=None, null_value=None, **columns)


def test_runs_without_evidence_have_a_reason_and_no_false_statement():
    constant = "the distortion is the same in every cell"
    one = frame("a", 0.4, count=1)
    equal = frame("a", 0.4).assign(value=0.5, null_value=0.25)
    zero = frame("a", 0.4).assign(value=0.5, null_value=0.5)
    all_of_one = dict.fromkeys(IDS, 7)
    cases = [
        (results(one.assign(null_value=None, null_reason=ALONE)), 0, f"no image has one: {ALONE}"),
        (results(no_nulls("a", reason=constant)), 0, f"no image has one: {constant}"),
        (results(one, attacks=["a", "absent"])["absent"], 0, "no image"),
        (results(one), 1, "one image"),
        (results(frame("a", 0.4), classes=all_of_one), 30, "all images are of one class"),
    ]
    for case, count, reason in cases:
        found = case["a"] if isinstance(case, dict) else case
        assert (found.n, found.verdict, found.reason) == (count, Verdict.TOO_FEW, reason)
        assert found.resolvable is found.images_needed is found.ci_low is None
    # Equal differences have a test, though no interval.
    found = results(equal)["a"]
    assert (found.effect, found.verdict) == (0.25, Verdict.ABOVE)
    assert found.reason == "all values are equal"
    found = results(zero)["a"]
    assert (found.effect, found.p, found.verdict) == (0.0, 1.0, Verdict.UNCLEAR)
    assert found.images_needed is found.resolvable is None


def test_attacks_without_an_image_do_not_weaken_the_tests_of_the_others():
    found = results(frame("a", 0.3), no_nulls("b", reason="x"))
    assert found["a"].p_holm == found["a"].p
    assert found["b"].p is found["b"].p_holm is None


def test_a_result_depends_neither_on_order_nor_on_other_attacks_beyond_the_correction():
    first, second = frame("a", 0.1), frame("b", 0.2, 1)
    alone = results(first)["a"]
    both = results(second.sample(frac=1, random_state=0), first.sample(frac=1, random_state=1))
    kept = ("effect", "ci_low", "ci_high", "p")
    assert [getattr(alone, k) for k in kept] == [getattr(both["a"], k) for k in kept]
    assert alone.ci_low != results(first, seed=1)["a"].ci_low


@pytest.mark.parametrize(
    ("labels", "kind", "reason"),
    [
        ([0, 1, 1, 2], "images", "the 3 classes are all there are"),
        ([0, 1, 1], "classes", "classes repeat, and are 2 of 3"),
        ([0, 2], "images", "no class repeats"),
        ([0, 1, 2], "images", "no class repeats"),
        ([], "images", "no class repeats"),
    ],
)
def test_units_are_images_where_classes_are_the_population_or_do_not_repeat(labels, kind, reason):
    chosen = choose_units("auto", labels, num_classes=3)
    assert (chosen.kind, chosen.reason) == (kind, reason)
    for rule in ("images", "classes"):
        chosen = choose_units(rule, labels, num_classes=3)
        assert (chosen.kind, chosen.reason) == (rule, "as configured")


@pytest.mark.parametrize(("num_classes", "kind"), [(2, "images"), (1000, "classes")])
def test_the_units_of_a_run_follow_from_its_labels(num_classes, kind):
    images = pd.DataFrame({"image_id": ["a", "b", "c"], "label": [0, 1, 1]})
    inference = Inference.configured(StatisticsConfig(), 0, images, num_classes)
    assert inference.units.kind == kind
    assert inference.clusters(["c", "a"]) == (None if kind == "images" else [1, 0])
