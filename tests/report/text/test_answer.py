"""The printed answer, word by word: numbers in their columns, width, missing values."""

from ssimball.overlap.metric import PARTIAL_CAM, SPEARMAN_CAM, Metric, quantity_columns
from ssimball.report.text.answer import answer_table

NOTE = """\
Means over images. CAM: class activation map of the true class. Own CAM and other CAMs: Spearman's
correlation of the SSIM deficit (1 - SSIM) with the image's own CAM and with other images' CAMs.
Effect: own minus other, image by image, with its bootstrap interval. N.s.: no significant
difference. Images count whether fooled or not.
"""
CAVEAT = """\
Attack and CAM come from the same network and image: texture or edges that attract both make them
overlap without any change of meaning.
"""
THREE_ATTACKS = f"""\
                                mean   rank correlation              effect
attack          images fooled   SSIM  own CAM other CAMs   mean   95% interval verdict
ssim_ball           38    92%  0.990    +0.46      +0.01  +0.45 +0.40 .. +0.50   above
fgsm                38    92%  0.990    -0.12      +0.01  -0.13 -0.18 .. -0.08   below
noise               38    92%  0.990    +0.01      +0.01  +0.00 -0.05 .. +0.05    n.s.

{NOTE}

Verdict. Do imperceptible perturbations change the parts of an image that matter for classification?
The one thing tested is whether the effect is 0: a sign-flip permutation test for each attack and
control at level 0.05, with Holm's correction over 3 tests.
  units: images; no class repeats
  above other images' CAMs: ssim_ball (+0.45)
  below other images' CAMs: fgsm (-0.13)
  no significant difference: noise (+0.00, control)
Effects of 0.08 to 0.09 are found with probability 80%.
  images to find an effect of this size at 80%: noise 1234
{CAVEAT}"""
NULLS = """\
The overlap beside simpler maps, means over images. Nothing here is tested:
  CAM      rank correlation of SSIM deficit and CAM
  shifts   share of the CAM's shifted copies that correlate less than the CAM; 1/2 by chance
  texture  rank correlation with local variance
  centre   rank correlation with closeness to centre
  partial  rank correlation with the CAM given texture and centre
attack            CAM shifts texture centre partial
ssim_ball       +0.46   0.71   +0.60  +0.10   -0.02
"""
NOTHING = f"""\
                               mean   rank correlation             effect
attack          images fooled  SSIM  own CAM other CAMs  mean 95% interval verdict
a                    0      -     -        -          -     -            - too few

{NOTE}

Verdict. Do imperceptible perturbations change the parts of an image that matter for classification?
The one thing tested is whether the effect is 0: a sign-flip permutation test for each attack and
control at level 0.05, with Holm's correction over 0 tests.
  units: images; no class repeats
  too few images for a test: a (-)
{CAVEAT}"""


def primary_row(attack, verdict, effect, **changes):
    row = {"attack": attack, "is_control": False, "n": 38, "p": 0.5, "verdict": verdict}
    row |= {"effect": effect, "ci_low": effect - 0.05, "ci_high": effect + 0.05}
    units = {"unit_kind": "images", "unit_reason": "no class repeats"}
    return row | units | {"resolvable": 0.08, "images_needed": None} | changes


def summary_rows(attack, mean):
    return [
        {"attack": attack, **quantity_columns("fooling_rate"), "n": 40, "mean": 0.925},
        {"attack": attack, **quantity_columns("mean_ssim"), "n": 40, "mean": 0.9904},
        {"attack": attack, **SPEARMAN_CAM.columns(), "n": 38, "mean": mean, "null_mean": 0.01},
    ]


def test_each_attack_has_its_line_and_its_part_in_the_answer():
    primary = [
        primary_row("ssim_ball", "above null", 0.45),
        primary_row("fgsm", "below null", -0.13, resolvable=0.09),
        primary_row(
            *("noise", "no significant difference", -0.001), is_control=True, images_needed=1234
        ),
    ]
    summary = [row for one in primary for row in summary_rows(one["attack"], one["effect"] + 0.01)]
    assert answer_table(primary, summary, confidence=0.95) == THREE_ATTACKS


def test_simpler_maps_stand_in_columns_of_their_own():
    measured = {
        Metric("spearman", "texture"): 0.6,
        Metric("spearman", "centre"): 0.1,
        Metric("shift_rank", "cam"): 0.71,
        PARTIAL_CAM: -0.02,
    }
    rows = summary_rows("ssim_ball", 0.46) + [
        {"attack": "ssim_ball", **metric.columns(), "mean": value}
        for metric, value in measured.items()
    ]
    text = answer_table([primary_row("ssim_ball", "above null", 0.45)], rows, confidence=0.95)
    start = text.index("The overlap beside")
    assert text[start : text.index("\nVerdict")] == NULLS


def test_missing_values_show_as_missing_and_never_as_a_result():
    missing = dict.fromkeys(("effect", "ci_low", "p", "resolvable"))
    row = primary_row("a", "too few", 0.0) | missing | {"n": 0, "ci_high": float("nan")}
    summary = [{"attack": "a", **quantity_columns("fooling_rate"), "n": 0, "mean": None}]
    assert answer_table([row], summary, confidence=0.95) == NOTHING


def test_lines_fit_the_width_however_many_and_long_the_names():
    names = [f"an_attack_with_a_rather_long_name_{n}" for n in range(12)]
    primary = [primary_row(name, "above null", -0.5) for name in names]
    summary = [row for name in names for row in summary_rows(name, 0.4)]
    text = answer_table(primary, summary, confidence=0.95)
    assert max(map(len, text.splitlines())) <= 100
    assert all(f"{name} (-0.50)" in " ".join(text.split()) for name in names)
    assert text.endswith("\n") and not text.endswith("\n\n")
