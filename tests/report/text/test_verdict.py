"""The verdict of the answer: from maps with known overlap, and word by word from known rows."""

import numpy as np
import pandas as pd
import pytest

from ssimball.overlap.table import overlap_table
from ssimball.report.text.answer import answer_table
from ssimball.report.text.formatting import Summary
from ssimball.report.text.paired import Pairs, control_lines, pair_lines
from ssimball.report.text.verdict import NULLS, verdict_lines
from ssimball.statistics.paired import comparisons
from ssimball.statistics.summary import FACTS, SOMETIMES, summarise
from ssimball.statistics.verdicts import ABOVE, BELOW, UNCLEAR, UNDECIDED

IDS = [f"{n:02d}" for n in range(30)]
SETTINGS = {"confidence": 0.95, "resamples": 199, "seed": 0}


def grids(seed):
    return dict(zip(IDS, np.random.default_rng(seed).random((len(IDS), 7, 7)), strict=True))


def mixed(seed, **parts):
    """Noise, and so much of each of the maps."""
    noise = grids(seed)
    return {i: noise[i] + sum(share * maps[i] for share, maps in parts.values()) for i in IDS}


def words(lines):
    return " ".join(" ".join(lines).split())


@pytest.fixture(scope="module")
def known_overlap():
    """What is printed of attacks that follow the CAM, the texture, or nothing."""
    cams, textures = grids(0), grids(1)
    deficits = {
        "follows": mixed(2, cam=(1.0, cams)),
        "follows_too": mixed(3, cam=(1.0, cams)),
        "textured": mixed(4, texture=(1.0, textures)),
        "of_both": mixed(5, cam=(1.0, cams), texture=(1.0, textures)),
        "noise": mixed(6),
        "shuns": mixed(7, cam=(-1.0, cams)),
    }
    maps = {attack: {"deficit": of} for attack, of in deficits.items()}
    overlap = pd.DataFrame(
        overlap_table(IDS, cams, maps, {}, textures, {}, top=0.2, null_draws=20, seed=0)
    )
    facts = pd.concat(
        pd.DataFrame({"attack": attack, "image_id": IDS, "status": "attacked", "success": True})
        for attack in deficits
    ).assign(**{name: None if name in SOMETIMES else 0.5 for name in FACTS})
    return summarise(overlap, facts, **SETTINGS), comparisons(overlap, **SETTINGS)


def test_maps_with_known_overlap_are_judged_right(known_overlap):
    rows, pairs = known_overlap
    found = Summary(rows)
    text = words(verdict_lines(found, pairs, {"follows_too", "noise"}))
    mean = {attack: found.correlation(attack) for attack in found.attacks}
    assert (
        f"above every null: follows ({mean['follows']}), follows_too ({mean['follows_too']}, "
        "control)" in text
    )
    assert f"below every null: shuns ({mean['shuns']})" in text
    assert f"not told apart from any null: noise ({mean['noise']}, control)" in text
    assert (
        "above other images, shifts, centre, partial; not told apart from texture: of_both" in text
    )
    assert "below texture; not told apart from other images, shifts, centre, partial: t" in text
    assert (
        "Above every null: 1 of 4 attacks and 1 of 2 controls; above some: 1 of 4 attacks and 0 of "
        "2 controls; above none: 2 of 4 attacks and 1 of 2 controls." in text
    )


def test_what_a_control_does_as_well_is_said(known_overlap):
    rows, pairs = known_overlap
    found = Summary(rows)
    text = words(control_lines(found, Pairs(pairs), {"follows_too", "noise"}))
    [pair] = [p for p in pairs if (p["attack"], p["other"]) == ("follows", "follows_too")][:1]
    shown = [format(pair[c], "+z.2f") for c in ("mean_difference", "ci_low", "ci_high")]
    expected = f"follows: follows_too (not told apart; {shown[0]}, {shown[1]} .. {shown[2]})"
    assert expected in text
    # Half of of_both is texture: the control that follows the CAM alone is higher.
    assert "of_both: follows_too (higher; -" in text
    assert "Higher than every control: no attack that is above other images' CAMs." in text
    text = words(control_lines(found, Pairs(pairs), {"noise"}))
    assert text == "Higher than every control: follows, follows_too, of_both."
    assert control_lines(found, Pairs(pairs), set()) == ["No control ran beside the attacks."]


def test_which_attacks_differ_is_said_of_each(known_overlap):
    rows, pairs = known_overlap
    text = words(pair_lines(Summary(rows), Pairs(pairs)))
    verdicts = [pair["verdict"] for pair in pairs if pair["metric"] == "spearman_cam"]
    assert len(verdicts) == 15 and verdicts.count(UNCLEAR) == 2
    assert "Of 15 pairs of attacks, 13 differ in their correlation with the CAM and 2 are" in text
    assert "not told apart from follows_too; higher than all others" in text
    assert "lower than follows, follows_too" in text
    assert "not told apart from textured" in text and "not told apart from noise" in text
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
    return Summary(
        [
            {"attack": attack, "metric": metric, "mean": 0.1, "verdict": verdict}
            for attack, of in verdicts.items()
            for metric, verdict in zip(NULLS, of, strict=False)
        ]
    )


def pair(attack, other, verdict, mean=0.1):
    ends = {"mean_difference": mean, "ci_low": mean - 0.05, "ci_high": mean + 0.05}
    return {"attack": attack, "other": other, "metric": "spearman_cam", "verdict": verdict, **ends}


def test_too_few_images_are_no_finding():
    found = rows_of({"a": [UNDECIDED] * 5, "b": [UNDECIDED] * 4 + [UNCLEAR]})
    pairs = [pair("a", "b", UNDECIDED)]
    text = words(verdict_lines(found, pairs, {"b"}))
    assert "too few images: a (+0.10)" in text
    assert "not told apart from partial; too few images for other images, shifts" in text
    assert "too few images to tell: 1 of 1 attacks and 0 of 1 controls." in text
    assert "0 differ" in text and "for 1 there are too few images" in text
    assert "No attack is above other images' CAMs" in text


def test_a_pair_reads_the_same_from_both_sides():
    found = rows_of({"a": [ABOVE] * 5, "b": [ABOVE] * 5, "c": [BELOW] * 5})
    pairs = [pair("a", "b", ABOVE), pair("a", "c", UNDECIDED), pair("b", "c", BELOW, -0.2)]
    lines = pair_lines(found, Pairs(pairs))
    assert lines[1:] == [
        "  a (+0.10): higher than b; too few images against c",
        "  b (+0.10): lower than a, c",
        "  c (+0.10): higher than b; too few images against a",
    ]


def test_only_what_was_tested_is_spoken_of():
    found = rows_of({"a": [ABOVE], "b": [BELOW]})
    text = words(verdict_lines(found, [], {"b"}))
    assert "set against the CAMs of other images. Above every null: 1 of 1 attacks" in text
    assert "partial" not in text and "pairs" not in text
    assert verdict_lines(Summary([{"attack": "a", "metric": "l2", "mean": 1.0}]), []) == []
