"""The printed answer, word by word: numbers in their columns, width, missing values."""

import pytest

from ssimball.overlap.metric import (
    PARTIAL_CAM,
    SHARE_MASK,
    SPEARMAN_CAM,
    TOP_SHARE_CAM,
    Metric,
    quantity_columns,
)
from ssimball.report.text.answer import answer_table
from ssimball.statistics.verdicts import Verdict

SETTINGS = {"confidence": 0.95, "top": 0.2}
NOTE = """\
Means over images. Rank correlation: Spearman's, of the SSIM deficit (1 - SSIM) and the class
activation map (CAM) of the true class. Interval: bootstrap over images, or over classes where these
repeat. Null: the same measure with the CAMs of other images. Verdict: permutation test of value
minus null at level 0.05 after Holm's correction over all attacks and all primary metrics (the SSIM
deficit against CAM, object, texture and centre); above or below: significantly above or below the
null; n.s.: no significant difference; too few: with so few images no test could have shown a
difference. Top cells: the 20% of cells with the largest CAM. Top share: share of the SSIM deficit
in them. Top IoU: intersection over union of them and as many cells with the largest SSIM deficit.
"""
CAVEAT = """\
Chance is the CAMs of other images. Attack and CAM come from the same network and image: texture or
edges that attract both make them overlap without any change of meaning, and the null removes only
what images have in common, such as objects near the centre. Images count whether fooled or not.
Verdicts are corrected for the number of tests; intervals are not.
"""
THREE_ATTACKS = f"""\
                                mean    rank correlation with the CAM     top share   top IoU
attack          images fooled   SSIM   mean   95% interval  null verdict  mean null  mean null
ssim_ball           38    92%  0.990  +0.45 +0.40 .. +0.50 +0.01   above  0.34 0.21     -    -
fgsm                38    92%  0.990  -0.13 -0.18 .. -0.08 +0.01   below  0.34 0.21     -    -
pgd_l2              38    92%  0.990  +0.00 -0.05 .. +0.05 +0.01    n.s.  0.34 0.21     -    -

{NOTE}
Do imperceptible perturbations change the parts of an image that matter for classification?
The SSIM deficit is correlated with the image's own CAM (mean rank correlation in brackets)
  more than by chance: ssim_ball (+0.45)
  less than by chance: fgsm (-0.13)
  no significant difference from chance: pgd_l2 (+0.00)
{CAVEAT}
Verdict. The overlap of SSIM deficit and CAM was compared with the CAMs of other images. Above every
null: 1 of 3 attacks; above some: 0 of 3 attacks; above none: 2 of 3 attacks.
  above every null: ssim_ball (+0.45)
  no significant difference from any null: pgd_l2 (+0.00)
  below every null: fgsm (-0.13)
No control ran beside the attacks.
"""
OBJECTS = """\
Mean share of the SSIM deficit inside the object; null: inside other images' objects:
attack          mean null verdict
ssim_ball       0.41 0.22   above
fgsm            0.41 0.22   above
pgd_l2          0.41 0.22   above
"""
NULLS = """\
How the overlap with the CAM compares with five nulls. Each verdict says where the overlap lies
against the null of its column. The values are means over images:
  CAM      rank correlation with the CAM; null: the CAMs of other images
  shifts   share of the CAM's shifted copies that correlate less than the CAM; null: 1/2
  texture  rank correlation with the image's local variance, which is the null
  centre   rank correlation with a Gaussian around the image's centre, which is the null
  partial  rank correlation with the CAM given texture and centre; null: as for CAM
                     CAM           shifts        texture         centre        partial
attack          value verdict  value verdict  value verdict  value verdict  value verdict
ssim_ball       +0.45   above   0.71 too few  +0.60   below  +0.10   above  -0.02    n.s.
Other distortion maps against the CAM, and the SSIM deficit against other explanations: mean rank
correlation, and in brackets the verdict against its null. These tests are corrected as a separate
family:
  grad_cam: ssim_ball +0.40 (above)
  squared: ssim_ball -0.20 (below)
With 38 images, a single test without correction finds with probability 80% a mean rank correlation
that exceeds its null by 0.08 (ssim_ball) to 0.08 (ssim_ball). Smaller differences may be missed.
"""
NOTHING = f"""\
                               mean  rank correlation with the CAM   top share   top IoU
attack          images fooled  SSIM  mean 95% interval null verdict  mean null  mean null
a                    0      -     -     -            -    - too few     -    -     -    -
b                    -      -     -     -            -    - too few     -    -     -    -

{NOTE}
Do imperceptible perturbations change the parts of an image that matter for classification?
The SSIM deficit is correlated with the image's own CAM (mean rank correlation in brackets)
  too few images to tell: a (-), b (-)
{CAVEAT}
Verdict. The overlap of SSIM deficit and CAM was compared with the CAMs of other images. Above every
null: 0 of 2 attacks; above some: 0 of 2 attacks; above none: 0 of 2 attacks; too few images to
tell: 2 of 2 attacks.
  too few images to tell: a (-), b (-)
No control ran beside the attacks.
"""


def attack_rows(attack, verdict, mean, mask=False):
    interval = {"ci_low": mean - 0.05, "ci_high": mean + 0.05, "null_mean": 0.01, "n": 38}
    rows = [
        {"attack": attack, **quantity_columns("fooling_rate"), "n": 40, "mean": 0.925},
        {"attack": attack, **quantity_columns("mean_ssim"), "n": 40, "mean": 0.9904},
        {"attack": attack, **SPEARMAN_CAM.columns(), "mean": mean, "verdict": verdict, **interval},
        {"attack": attack, **TOP_SHARE_CAM.columns(), "n": 38, "mean": 0.345, "null_mean": 0.213},
    ]
    if mask:
        inside = {"mean": 0.41, "null_mean": 0.22, "verdict": Verdict.ABOVE}
        rows.append({"attack": attack, **SHARE_MASK.columns(), **inside})
    return rows


@pytest.mark.parametrize("mask", [True, False])
def test_each_attack_has_its_line_and_its_part_in_the_answer(mask):
    rows = [
        *attack_rows("ssim_ball", Verdict.ABOVE, 0.45, mask),
        *attack_rows("fgsm", Verdict.BELOW, -0.13, mask),
        *attack_rows("pgd_l2", Verdict.UNCLEAR, -0.001, mask),
    ]
    expected = THREE_ATTACKS.replace("\nChance is", f"\n{OBJECTS if mask else ''}Chance is")
    assert answer_table(rows, **SETTINGS) == expected


def test_nulls_and_other_measures_stand_in_columns_of_their_own():
    rows = attack_rows("ssim_ball", Verdict.ABOVE, 0.45)
    measured = {
        Metric("spearman", "texture"): (0.6, None),
        Metric("spearman", "centre"): (0.1, None),
        Metric("shift_rank", "cam"): (0.71, None),
        Metric("over_texture", "cam"): (-0.02, Verdict.BELOW),
        Metric("over_centre", "cam"): (-0.02, Verdict.ABOVE),
        PARTIAL_CAM: (-0.02, Verdict.UNCLEAR),
        Metric("spearman", "grad_cam"): (0.4, Verdict.ABOVE),
        Metric("spearman", "cam", "squared"): (-0.2, Verdict.BELOW),
    }
    rows += [
        {"attack": "ssim_ball", **metric.columns(), "mean": value, "verdict": verdict}
        for metric, (value, verdict) in measured.items()
    ]
    rows[2]["resolvable"] = 0.081
    text = answer_table(rows, **SETTINGS)
    start = text.index("How the overlap")
    assert text[start : text.index("Chance is")] == NULLS
    assert max(map(len, text.splitlines())) <= 100


def test_missing_values_show_as_missing_and_never_as_a_result():
    none = {"mean": None, "ci_low": None, "ci_high": float("nan"), "null_mean": None}
    rows = [
        {"attack": "a", **quantity_columns("fooling_rate"), "n": 0, "mean": None},
        {"attack": "a", **SPEARMAN_CAM.columns(), "n": 0, **none, "verdict": Verdict.UNDECIDED},
        {"attack": "b", **quantity_columns("fooling_rate"), "n": 0},
    ]
    assert answer_table(rows, **SETTINGS) == NOTHING


def test_lines_fit_the_width_however_many_and_long_the_names():
    names = [f"an_attack_with_a_rather_long_name_{n}" for n in range(12)]
    rows = [row for name in names for row in attack_rows(name, Verdict.ABOVE, -0.5, mask=True)]
    text = answer_table(rows, **SETTINGS)
    assert max(map(len, text.splitlines())) <= 100
    assert all(f"{name} (-0.50)" in " ".join(text.split()) for name in names)
    assert text.endswith("\n") and not text.endswith("\n\n")
