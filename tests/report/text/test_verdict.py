"""The verdict of the answer, from maps with known overlap and word by word from known rows."""

import numpy as np
import pandas as pd
import pytest

from ssimball.overlap.inputs import Maps
from ssimball.overlap.metric import SPEARMAN_CAM, quantity_columns, quantity_of
from ssimball.overlap.table import OverlapSettings, overlaps
from ssimball.report.text.answer import answer_table
from ssimball.report.text.controls import control_lines
from ssimball.report.text.estimates import Summary
from ssimball.report.text.nulls import NULLS
from ssimball.report.text.pairs import Pairs, pair_lines
from ssimball.report.text.verdict import verdict_lines
from ssimball.statistics.inference import Inference
from ssimball.statistics.paired import comparisons
from ssimball.statistics.summary import FACTS, SOMETIMES, summarise
from ssimball.statistics.verdicts import Verdict

IDS = [f"{n:02d}" for n in range(30)]
INFERENCE = Inference(confidence=0.95, resamples=199, seed=0)


def grids(seed):
    return dict(zip(IDS, np.random.default_rng(seed).random((len(IDS), 7, 7)), strict=True))


def mixed(seed, **parts):
    """Return noise plus the given share of each map."""
    noise = grids(seed)
    return {i: noise[i] + sum(share * maps[i] for share, maps in parts.values()) for i in IDS}


def words(lines):
    return " ".join(" ".join(lines).split())


@pytest.fixture(scope="module")
def known_overlap():
    """Return summary and pairs of attacks that follow the CAM, the texture, or nothing."""
    cams, textures = grids(0), grids(1)
    deficits = {
        "follows": mixed(2, cam=(1.0, cams)),
        "follows_too": mixed(3, cam=(1.0, cams)),
        "textured": mixed(4, texture=(1.0, textures)),
        "of_both": mixed(5, cam=(1.0, cams), texture=(1.0, textures)),
        "noise": mixed(6),
        "shuns": mixed(7, cam=(-1.0, cams)),
    }
    maps = Maps(cams, {}, textures, {attack: {"deficit": of} for attack, of in deficits.items()})
    settings = OverlapSettings(top=0.2, null_draws=20, seed=0)
    overlap = pd.DataFrame(overlap.row() for overlap in overlaps(maps, settings))
    facts = pd.concat(
        pd.DataFrame({"attack": attack, "image_id": IDS, "status": "attacked", "success": True})
        for attack in deficits
    ).assign(**{name: None if name in SOMETIMES else 0.5 for name in FACTS})
    return summarise(overlap, facts, INFERENCE), comparisons(overlap, INFERENCE)


def test_maps_with_known_overlap_get_the_right_verdict(known_overlap):
    rows, pairs = known_overlap
    summary = Summary.from_rows(rows)
    text = words(verdict_lines(summary, pairs, {"follows_too", "noise"}))
    mean = {attack: summary.correlation(attack) for attack in summary.attacks}
    assert (
        f"above every null: follows ({mean['follows']}), follows_too ({mean['follows_too']}, "
        "control)" in text
    )
    assert f"below every null: shuns ({mean['shuns']})" in text
    assert f"no significant difference from any null: noise ({mean['noise']}, control)" in text
    assert (
        "above other images, shifts, centre, partial; no significant difference from texture: "
        "of_both" in text
    )
    assert (
        "below texture; no significant difference from other images, shifts, centre, partial: t"
        in text
    )
    assert (
        "Above every null: 1 of 4 attacks and 1 of 2 controls; above some: 1 of 4 attacks and 0 of "
        "2 controls; above none: 2 of 4 attacks and 1 of 2 controls." in text
    )


def test_controls_that_match_an_attack_are_named(known_overlap):
    rows, pairs = known_overlap
    summary = Summary.from_rows(rows)
    text = words(control_lines(summary, Pairs.from_rows(pairs), {"follows_too", "noise"}))
    [pair] = [p for p in pairs if (p["attack"], p["other"]) == ("follows", "follows_too")][:1]
    shown = [format(pair[c], "+z.2f") for c in ("mean_difference", "ci_low", "ci_high")]
    numbers = f"{shown[0]}, {shown[1]} .. {shown[2]}"
    assert f"follows: follows_too (no significant difference; {numbers})" in text
    # Half of of_both is texture: the control that follows the CAM alone is higher.
    assert "of_both: follows_too (higher; -" in text
    assert "Higher than every control: no attack that is above other images' CAMs." in text
    text = words(control_lines(summary, Pairs.from_rows(pairs), {"noise"}))
    assert text == "Higher than every control: follows, follows_too, of_both."
    assert control_lines(summary, Pairs.from_rows(pairs), set()) == [
        "No control ran beside the attacks."
    ]


def test_each_attack_is_compared_with_all_others(known_overlap):
    rows, pairs = known_overlap
    text = words(pair_lines(Summary.from_rows(rows), Pairs.from_rows(pairs)))
    verdicts = [pair["verdict"] for pair in pairs if quantity_of(pair) == SPEARMAN_CAM]
    assert len(verdicts) == 15 and verdicts.count(Verdict.UNCLEAR) == 2
    assert (
        "Of 15 pairs of attacks, 13 differ significantly in their rank correlation with the CAM "
        "and 2 do not (Wilcoxon's" in text
    )
    assert "no significant difference from follows_too; higher than all others" in text
    assert "lower than follows, follows_too" in text
    assert "no significant difference from textured" in text
    assert "no significant difference from noise" in text
    place = {name: text.index(f" {name} (") for name in ("follows", "of_both", "shuns")}
    assert place["follows"] < place["of_both"] < place["shuns"]
    assert "): lower than all others" in text[place["shuns"] :]


def test_the_answer_ends_with_the_verdict(known_overlap):
    rows, pairs = known_overlap
    rows = [{**row, "attack": f"a_rather_long_name_of_{row['attack']}"} for row in rows]
    names = ("attack", "other")
    pairs = [{**p, **{n: f"a_rather_long_name_of_{p[n]}" for n in names}} for p in pairs]
    # Read back by pandas, nulls are NaN.
    pairs = pd.DataFrame(pairs).to_dict("records")
    text = answer_table(rows, confidence=0.95, top=0.2, pairs=pairs, controls={"none"})
    assert max(map(len, text.splitlines())) <= 100
    assert text.rindex("Verdict. ") > text.rindex("Chance is the CAMs of other images.")
    assert "nan" not in text and "None" not in text


def rows_of(verdicts):
    return Summary.from_rows(
        [
            {"attack": attack, **null.tested.columns(), "mean": 0.1, "verdict": verdict}
            for attack, of in verdicts.items()
            for null, verdict in zip(NULLS, of, strict=False)
        ]
    )


def pair(attack, other, verdict, mean=0.1):
    ends = {"mean_difference": mean, "ci_low": mean - 0.05, "ci_high": mean + 0.05}
    return {"attack": attack, "other": other, **SPEARMAN_CAM.columns(), "verdict": verdict, **ends}


def test_too_few_images_are_no_result():
    summary = rows_of(
        {"a": [Verdict.UNDECIDED] * 5, "b": [Verdict.UNDECIDED] * 4 + [Verdict.UNCLEAR]}
    )
    pairs = [pair("a", "b", Verdict.UNDECIDED)]
    assert words(verdict_lines(summary, pairs, {"b"})) == (
        "Verdict. The overlap of SSIM deficit and CAM was compared with the CAMs of other images, "
        "shifted copies of the CAM, the correlation with texture, the correlation with the centre "
        "of the image, other images' CAMs given texture and centre (partial). Above texture or "
        "centre: the SSIM deficit correlates more with the CAM than with these, even where both "
        "correlations are negative. Above every null: 0 of 1 attacks and 0 of 1 controls; above "
        "some: 0 of 1 attacks and 0 of 1 controls; above none: 0 of 1 attacks and 0 of 1 "
        "controls; too few images to tell: 1 of 1 attacks and 1 of 1 controls. "
        "too few images to tell: a (+0.10) "
        "no significant difference from partial; too few images for other images, shifts, "
        "texture, centre: b (+0.10, control) "
        "No attack is significantly above other images' CAMs, so none is compared with the "
        "controls. For a there are too few images to tell. "
        "Of 1 pairs of attacks, 0 differ significantly in their rank correlation with the CAM and "
        "0 do not; for 1 there are too few images (Wilcoxon's signed-rank test, Holm's correction "
        "over all pairs and metrics)."
    )


def test_an_undecided_pair_is_no_evidence_that_a_control_matches_an_attack():
    summary = rows_of({name: [Verdict.ABOVE] * 5 for name in ("few", "some", "matched", "c", "d")})
    pairs = [
        *(pair("few", "c", Verdict.UNDECIDED), pair("few", "d", Verdict.UNDECIDED)),
        *(pair("some", "c", Verdict.ABOVE), pair("some", "d", Verdict.UNDECIDED)),
        *(pair("matched", "c", Verdict.UNCLEAR), pair("matched", "d", Verdict.UNDECIDED)),
    ]
    assert words(control_lines(summary, Pairs.from_rows(pairs), {"c", "d"})) == (
        "Attacks above other images' CAMs, and the controls that they do not exceed (attack minus "
        "control, interval): "
        "matched: c (no significant difference; +0.10, +0.05 .. +0.15) "
        "Undecided: with so few images no test could have shown a difference (attack minus "
        "control, interval): "
        "few: c (+0.10, +0.05 .. +0.15), d (+0.10, +0.05 .. +0.15) "
        "some: d (+0.10, +0.05 .. +0.15) "
        "matched: d (+0.10, +0.05 .. +0.15) "
        "Higher than every control: no attack that is above other images' CAMs."
    )


def test_attacks_that_were_not_decided_are_not_said_to_be_at_chance():
    summary = rows_of(
        {"a": [Verdict.UNDECIDED] * 5, "b": [Verdict.UNCLEAR] * 5, "c": [Verdict.UNCLEAR] * 5}
    )
    pairs = [pair("a", "c", Verdict.UNDECIDED), pair("b", "c", Verdict.UNDECIDED)]
    assert words(control_lines(summary, Pairs.from_rows(pairs), {"c"})) == (
        "No attack is significantly above other images' CAMs, so none is compared with the "
        "controls. For a there are too few images to tell."
    )


def test_a_pair_reads_the_same_from_both_sides():
    summary = rows_of(
        {"a": [Verdict.ABOVE] * 5, "b": [Verdict.ABOVE] * 5, "c": [Verdict.BELOW] * 5}
    )
    pairs = [
        pair("a", "b", Verdict.ABOVE),
        pair("a", "c", Verdict.UNDECIDED),
        pair("b", "c", Verdict.BELOW, -0.2),
    ]
    lines = pair_lines(summary, Pairs.from_rows(pairs))
    assert lines[1:] == [
        "  a (+0.10): higher than b; too few images to compare with c",
        "  b (+0.10): lower than a, c",
        "  c (+0.10): higher than b; too few images to compare with a",
    ]


def test_only_nulls_that_were_tested_are_mentioned():
    summary = rows_of({"a": [Verdict.ABOVE], "b": [Verdict.BELOW]})
    assert words(verdict_lines(summary, [], {"b"})) == (
        "Verdict. The overlap of SSIM deficit and CAM was compared with the CAMs of other images. "
        "Above every null: 1 of 1 attacks and 0 of 1 controls; above some: 0 of 1 attacks and 0 "
        "of 1 controls; above none: 0 of 1 attacks and 1 of 1 controls. "
        "above every null: a (+0.10) below every null: b (+0.10, control)"
    )
    untested = Summary.from_rows([{"attack": "a", **quantity_columns("l2"), "mean": 1.0}])
    assert verdict_lines(untested, []) == []
