"""The printed answer: numbers in their places, width, missing values."""

import pytest

from ssimball.report.text.answer import answer_table
from ssimball.statistics.verdicts import ABOVE, BELOW, UNCLEAR, UNDECIDED

SETTINGS = {"confidence": 0.95, "top": 0.2}


def attack_rows(attack, verdict, mean, mask=False):
    interval = {"ci_low": mean - 0.05, "ci_high": mean + 0.05, "null_mean": 0.01, "n": 38}
    rows = [
        {"attack": attack, "metric": "fooling_rate", "n": 40, "mean": 0.925},
        {"attack": attack, "metric": "mean_ssim", "n": 40, "mean": 0.9904},
        {"attack": attack, "metric": "spearman_cam", "mean": mean, "verdict": verdict, **interval},
        {"attack": attack, "metric": "top_share_cam", "n": 38, "mean": 0.345, "null_mean": 0.213},
    ]
    if mask:
        rows.append({"attack": attack, "metric": "share_mask", "mean": 0.41, "null_mean": 0.22})
    return rows


@pytest.mark.parametrize("mask", [True, False])
def test_each_attack_has_its_line_and_its_place_in_the_answer(mask):
    rows = [
        *attack_rows("ssim_ball", ABOVE, 0.45, mask),
        *attack_rows("fgsm", BELOW, -0.13, mask),
        *attack_rows("pgd_l2", UNCLEAR, -0.001, mask),
    ]
    text = answer_table(rows, **SETTINGS)
    line = next(line for line in text.splitlines() if line.startswith("ssim_ball "))
    expected = "ssim_ball 38 92% 0.990 +0.45 +0.40 .. +0.50 +0.01 above 0.34 (0.21) - (-)"
    assert " ".join(line.split()) == expected
    assert "more than chance: ssim_ball (+0.45)\n" in text
    assert "less than chance: fgsm (-0.13)\n" in text
    assert "not told from chance: pgd_l2 (+0.00)\n" in text
    assert ("fgsm 0.41 (0.22)" in text) == mask


def test_rival_maps_and_what_is_left_beyond_them_stand_side_by_side():
    rows = attack_rows("ssim_ball", ABOVE, 0.45)
    rivals = {"spearman_texture": 0.6, "spearman_centre": 0.1, "shift_rank_cam": 0.71}
    tested = {"over_texture_cam": BELOW, "over_centre_cam": ABOVE, "partial_cam": UNCLEAR}
    rows += [{"attack": "ssim_ball", "metric": m, "mean": value} for m, value in rivals.items()]
    rows += [
        {"attack": "ssim_ball", "metric": m, "mean": -0.02, "verdict": verdict}
        for m, verdict in tested.items()
    ]
    rows[2]["resolvable"] = 0.081
    text = answer_table(rows, **SETTINGS)
    assert max(map(len, text.splitlines())) <= 100
    text = " ".join(text.split())
    assert "CAM shifts texture centre partial ssim_ball +0.45> 0.71? +0.60< +0.10> -0.02=" in text
    assert "With 38 images a mean correlation that is above its null by 0.08 (ssim_ball)" in text


def test_what_is_missing_is_shown_as_missing_and_never_as_a_finding():
    none = {"mean": None, "ci_low": None, "ci_high": float("nan"), "null_mean": None}
    rows = [
        {"attack": "a", "metric": "fooling_rate", "n": 0, "mean": None},
        {"attack": "a", "metric": "spearman_cam", "n": 0, **none, "verdict": UNDECIDED},
        {"attack": "b", "metric": "fooling_rate", "n": 0},
    ]
    text = answer_table(rows, **SETTINGS)
    assert "too few images: a (-), b (-)\n" in text
    assert "than chance:" not in text
    assert "nan" not in text.lower() and "None" not in text


def test_lines_fit_the_width_however_many_and_long_the_names():
    names = [f"an_attack_with_a_rather_long_name_{n}" for n in range(12)]
    rows = [row for name in names for row in attack_rows(name, ABOVE, -0.5, mask=True)]
    text = answer_table(rows, **SETTINGS)
    assert max(map(len, text.splitlines())) <= 100
    assert all(f"{name} (-0.50)" in " ".join(text.split()) for name in names)
    assert text.endswith("\n") and not text.endswith("\n\n")
