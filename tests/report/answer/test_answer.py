"""The answer: a known case by hand, the same numbers in every form, and its hard limits."""

import json
import re

import pytest

from ssimball.errors import ArtifactError
from ssimball.report.answer.model import Answer
from ssimball.report.answer.page import answer_json, answer_markdown, read_answer
from ssimball.report.answer.sentences import findings
from ssimball.report.answer.text import LINES, answer_text
from ssimball.report.answer.words import WIDTH
from ssimball.statistics.primary import Verdict

from .rows import (
    answer_of,
    confined_rows,
    noise_rows,
    primary_row,
    randomised_rows,
    study_of,
    summary_rows,
)

BY_HAND = """\
Do imperceptible perturbations change what matters for classification?
20 scenes, 19 classified correctly; MobileNetV2 (demo); target: mean SSIM 0.99

                 mean margin   overlap with the CAM  given texture
          fools   SSIM falls   mean [95 % interval]     and centre
fgsm       20 %  0.992   2.7  -0.21 [-0.27, -0.14]*          -0.32
pgd_l2    100 %  0.990  13.2  +0.02 [-0.04, +0.09]           -0.09
ball       65 %  0.990   5.6  +0.27 [+0.21, +0.34]*          +0.16
controls
shuffled    0 %  0.990   0.0  +0.27 [+0.21, +0.34]*          +0.16
moved      20 %  0.990   2.4  -0.15 [-0.21, -0.08]*          -0.26
Overlap: rank correlation of 1 - SSIM with the class activation map (CAM), less
that with other images' CAMs. *: not 0 (Holm over 5 tests, level 0.05).
Place    on the CAM more than chance: ball; less: fgsm; not significant: pgd_l2
Class    ball: overlap with the true class's CAM not clearly above the
         runner-up's (+0.00), clearly above the next eight classes' (+0.09)
Learned  ball: trained +0.27; random head +0.19, 10 layers +0.06, all +0.00: it
         needs trained features, not a trained head
Signs    ball overlaps by +0.27 and fools 65 %; with its signs shuffled +0.27
         and 0 %, sizes moved -0.15 and 20 %
Effect   at SSIM 0.99 pgd_l2 lowers the margin most (13.2; ball 5.6)
Noise    noise alone lowers the margin: top CAM 3.9, random 3.0, lowest CAM 0.9
Proof    gap to the best linear step: 0.08 % in model Q
Limits   one network; generated scenes; 7 x 7 cells; tests over images; ball
         chosen after looking
"""
ATTACKS = {
    **{"fgsm": "fgsm", "pgd_l2": "pgd_l2", "ball": "ssim_ball"},
    **{"shuffled": "ball_permuted_signs", "moved": "ball_rolled_magnitude"},
}
#: Number of names, their length, and how many of them are controls.
SIZES = [(1, 5, 0), (2, 5, 1), (13, 12, 5), (25, 40, 0), (25, 60, 25), (60, 70, 30)]


@pytest.fixture(scope="module")
def by_hand():
    primary = [
        primary_row("fgsm", -0.21, Verdict.BELOW),
        primary_row("pgd_l2", 0.02, Verdict.UNCLEAR),
        primary_row("ball", 0.27),
        primary_row("shuffled", 0.27),
        primary_row("moved", -0.15, Verdict.BELOW),
    ]
    summary = [
        summary_rows("fgsm", 0.2, 2.7, -0.21, mean_ssim=0.992),
        summary_rows("pgd_l2", 1.0, 13.2, 0.02),
        summary_rows("ball", 0.65, 5.6, 0.27, gap=7.1e-4, over=(0.004, 0.09)),
        summary_rows("shuffled", 0.0, -0.01, 0.27, gap=9e-4),
        summary_rows("moved", 0.2, 2.4, -0.15, gap=9e-4),
    ]
    networks = randomised_rows("ball", {"0": 0.27, "1": 0.19, "10": 0.061, "all": -0.001})
    noise = noise_rows({"top_cam": 3.9, "top_gradient": 3.3, "random": 3.01, "bottom_cam": 0.9})
    return answer_of(study_of(ATTACKS), primary, summary, networks, noise)


def test_the_text_of_a_known_case(by_hand):
    assert answer_text(by_hand) == BY_HAND


def test_page_and_text_hold_the_same_words_and_numbers(by_hand):
    page, text = answer_markdown(by_hand).replace("\\*", "*"), " ".join(BY_HAND.split())
    for one in findings(by_hand):
        tables = f" (`{'`, `'.join(one.tables)}`)" if one.tables else ""
        assert f"- **{one.label}**: {one.sentence}.{tables}\n" in page
        assert f"{one.label} {one.sentence}" in text
    rows = re.findall(r"(?m)^\| (\w+)(?: \(control\))? \| (\S.*) \|$", page)[1:]
    assert [name for name, _ in rows] == list(ATTACKS)
    for name, cells in rows:
        assert " ".join([name, *cells.replace(" |", "").split()]) in text


def test_json_is_the_object(by_hand, tmp_path):
    path = tmp_path / "answer.json"
    path.write_text(answer_json(by_hand))
    assert read_answer(path) == by_hand
    row = json.loads(path.read_text())["attacks"][2]
    assert row["overlap"] == {"value": 0.27, "low": 0.27 - 0.06, "high": 0.27 + 0.07}
    assert (row["fooling_rate"], row["margin_fall"], row["verdict"]) == (0.65, 5.6, "above null")


def test_a_damaged_json_is_refused(by_hand, tmp_path):
    path = tmp_path / "answer.json"
    with pytest.raises(ArtifactError, match="no such file; finish the run first"):
        read_answer(path)
    path.write_text(answer_json(by_hand).replace('"fooling_rate": 0.65', '"fooling_rate": "most"'))
    with pytest.raises(ArtifactError, match=r"attacks\.2\.fooling_rate: Input should be a valid"):
        read_answer(path)


def _checked(answer):
    """Check the limits of every text, and return it on one line."""
    text = answer_text(answer)
    lines = text.splitlines()
    assert len(lines) <= LINES
    assert max(map(len, lines)) <= WIDTH
    assert text.count("too few") <= 1
    assert "nan" not in text.lower() and "None" not in text
    assert Answer.model_validate_json(answer_json(answer)) == answer
    return " ".join(text.split())


def _run(count, length, controls, verdict, **changes):
    kinds = ["ssim_ball", "pgd_l2", "fgsm"]
    control_kinds = ["ball_permuted_signs", "ball_sign_only", "ball_rolled_magnitude", "blur"]
    names = [f"{number:02d}_".ljust(length, "x") for number in range(count)]
    attacks = {
        name: (control_kinds[n % 4] if n >= count - controls else kinds[n % 3])
        for n, name in enumerate(names)
    }
    verdicts = [verdict] if verdict else [*Verdict]
    primary = [primary_row(a, 0.3, verdicts[n % len(verdicts)]) for n, a in enumerate(names)]
    summary = [summary_rows(name, gap=0.123, over=(0.1, 0.2), ratio=0.9) for name in names]
    networks = randomised_rows(names[0], {"0": 0.3, **{str(n): 0.1 for n in range(1, 30)}})
    return answer_of(study_of(attacks, **changes), primary, summary, networks)


@pytest.mark.parametrize("mode", ["fixed_budget", "matched_quality", "matched_outcome"])
@pytest.mark.parametrize("verdict", [None, *Verdict])
@pytest.mark.parametrize(("count", "length", "controls"), SIZES)
def test_the_text_fits_whatever_the_run(count, length, controls, verdict, mode):
    answer = _run(count, length, controls, verdict, comparison={"mode": mode})
    text = _checked(answer)
    shown = len(re.findall(r"\d\d_\S* +\d+ %", answer_text(answer)))
    assert shown == count or f"and {count - shown} more in answer.md" in text
    assert shown >= min(count, 2) and " … " not in text
    assert answer_markdown(answer).count("\n| ") == count + 1


def test_proof_has_the_true_ball_where_its_bounds_are_known():
    primary, ratios = [primary_row(name, 0.3) for name in ("one", "two")], {"one": 0.9912}
    summary = [summary_rows(n, gap=8e-4, ratio=ratios.get(n)) for n in ("one", "two")]
    answer = answer_of(study_of(dict.fromkeys(("one", "two"), "ssim_ball")), primary, summary)
    proof = "Proof best linear step: gap 0.08 % in model Q, bracket 0.88 % in true ball Limits"
    assert proof in _checked(answer)


def _small(effect, verdict, correct=19, images=20, name="ball", kind="ssim_ball", **changes):
    summary = summary_rows(name, 0.9, 8.0, effect, gap=1e-3)
    if correct == 0:
        summary = summary_rows(name, None, None, None, mean_ssim=None)
    return answer_of(
        study_of({name: kind}),
        [primary_row(name, effect, verdict, **changes)],
        [summary],
        images=images,
        correct=correct,
        cells=(7, 7),
    )


def test_a_run_too_small_for_a_test_says_once_what_it_would_take():
    text = _checked(_small(0.27, Verdict.TOO_FEW, images_needed=34))
    assert (
        "Place too few images for a test. ball +0.27 [+0.21, +0.34]; some 34 images would show it"
    ) in text
    assert "*" not in text and "chance" not in text


def test_one_image_gives_numbers_and_no_test():
    changes = {"ci_low": None, "ci_high": None, "images": 1, "correct": 1}
    text = _checked(_small(0.27, Verdict.TOO_FEW, **changes))
    assert "1 scene, 1 classified correctly" in text
    assert "Place too few images for a test. ball +0.27 Effect" in text
    assert "clearly" not in text


def test_one_class_is_too_few_classes():
    units = {"unit_kind": "classes", "unit_reason": "classes repeat, and are 1 of 1000"}
    text = _checked(_small(0.27, Verdict.TOO_FEW, ci_low=None, ci_high=None, **units))
    assert "Place too few classes for a test. ball +0.27 Effect" in text
    assert "tests over classes (classes repeat, and are 1 of 1000)" in text


def test_without_a_correct_image_nothing_is_claimed():
    text = _checked(_small(None, Verdict.TOO_FEW, correct=0, p=None, reason="no image"))
    assert "Place no image is classified correctly, so none was attacked" in text
    assert not re.search("Effect|Proof|Learned|too few", text)


def test_constant_maps_are_not_measured():
    why = "no image has one: the CAM is constant"
    text = _checked(_small(None, Verdict.TOO_FEW, p=None, reason=why))
    assert f"Place not measured: ball ({why})" in text
    assert "too few" not in text


def test_without_an_attack_in_the_ball_nothing_is_said_of_it():
    text = _checked(_small(0.1, Verdict.UNCLEAR, name="one", kind="pgd_l2"))
    assert "Place not significant: one Effect at SSIM 0.99 one lowers the margin by 8.0" in text
    assert not re.search("ball|Proof", text)


def test_with_controls_alone_no_attack_is_compared():
    text = _checked(_small(0.1, Verdict.ABOVE, name="noise", kind="noise_gaussian"))
    assert "Place the run has controls only, no attack" in text
    assert "Effect" not in text


def _sentences(summary=None, networks=(), noise=(), controls=(), **study):
    """Return the findings of a run of one ball attack and such controls, by their labels."""
    attacks = {"ball": "ssim_ball", **{name: f"ball_{name}" for name in controls}}
    rows = [summary or summary_rows("ball"), *(summary_rows(name, 0.02) for name in controls)]
    primary = [primary_row(name, 0.3) for name in attacks]
    answer = answer_of(study_of(attacks, **study), primary, rows, networks, noise)
    return {one.label: one.sentence for one in findings(answer)}


def test_what_was_not_measured_has_no_sentence():
    assert set(_sentences()) == {"Place", "Effect", "Limits"}


@pytest.mark.parametrize(
    ("over", "words"),
    [
        ((0.05, 0.09), "clearly above the runner-up's (+0.05), clearly above the next eight"),
        ((0.01, -0.09), "not clearly above the runner-up's (+0.01), clearly below the next eight"),
        ((0.05, None), "clearly above the runner-up's (+0.05)"),
    ],
)
def test_the_class_part_is_clear_where_its_interval_excludes_0(over, words):
    found = _sentences(summary_rows("ball", over=over))["Class"]
    assert found.startswith(f"ball: overlap with the true class's CAM {words}")


@pytest.mark.parametrize(
    ("overlaps", "end"),
    [
        (
            {"0": 0.3, "1": 0.2, "all": -0.1},
            "all -0.10: it needs trained features, not a trained head",
        ),
        ({"0": 0.3, "1": -0.2, "all": -0.1}, "all -0.10: it needs trained features"),
        ({"0": 0.3, "1": 0.2, "all": 0.1}, "all +0.10: a part needs no training"),
        ({"0": -0.3, "1": 0.2, "all": 0.1}, "all +0.10"),
        ({"0": 0.3, "1": 0.2}, "random head +0.20"),
    ],
)
def test_what_the_overlap_needs_follows_from_the_intervals(overlaps, end):
    assert _sentences(networks=randomised_rows("ball", overlaps))["Learned"].endswith(end)


def test_a_wide_interval_with_random_weights_is_no_evidence_of_a_need():
    trained, random = randomised_rows("ball", {"0": 0.3, "all": 0.0})
    random |= {"difference_ci_low": -0.4, "difference_ci_high": 0.4}
    assert _sentences(networks=[trained, random])["Learned"].endswith("random all +0.00")


def test_the_controls_that_keep_a_part_of_the_gradient_are_set_beside_the_step():
    found = _sentences(controls=("sign_only", "permuted_signs"))["Signs"]
    assert found == (
        "ball overlaps by +0.30 and fools 90 %; with its signs shuffled +0.30 and 2 %, "
        "signs alone +0.30 and 2 %"
    )
    assert "Signs" not in _sentences(controls=("random_gradient",))


def test_an_attack_confined_to_regions():
    falls = {"top_cam": (5.5, 0.62), "top_gradient": (5.3, 0.6), "random": (4.31, 0.55)}
    study, name = study_of({"ball": "ssim_ball"}), "ball"
    primary, summary = [primary_row(name, 0.27)], [summary_rows(name, 0.65, 5.6, 0.27)]
    rest = {"all_but_top_cam": (8.1, 0.85)}
    answer = answer_of(study, primary, summary, confined=confined_rows(falls | rest))
    (found,) = (one for one in findings(answer) if one.label == "Regions")
    assert found.sentence == (
        "confined, ball lowers the margin (fools): top CAM 5.5 (62 %), large gradients 5.3 (60 %), "
        "random 4.3 (55 %), all but the CAM 8.1 (85 %)"
    )
    assert answer.confined.regions[0].share_high == 0.41
    (least,) = (one for one in findings(answer) if one.label == "Least")
    assert least.sentence == "for 90 % of the best, 2.1 % of the budget in the CAM (random 2.1 %)"
    without = answer_of(study, primary, summary, confined=confined_rows({"top_cam": (None, None)}))
    assert without.confined is None
    _checked(answer)


def test_noise_without_room_leaves_out_the_gradient():
    falls = {"top_cam": 3.94, "top_gradient": 3.3, "random": 3.0, "bottom_cam": 0.9}
    found = _sentences(noise=noise_rows(falls))["Noise"]
    assert found == "noise alone lowers the margin: top CAM 3.9, random 3.0, lowest CAM 0.9"
    assert "large gradients 3.3" in _sentences(noise=noise_rows({"top_gradient": 3.3}))["Noise"]
    assert "Noise" not in _sentences(noise=noise_rows({"top_cam": None}))


def test_a_ball_with_other_settings_was_not_chosen_after_looking():
    chosen = "ball chosen after looking"
    other = {"method": "ssim_ball", "tau": "4/255"}
    assert chosen in _sentences()["Limits"]
    answer = answer_of(
        study_of({"ball": "ssim_ball"}, attack_settings={"ball": other}),
        [primary_row("ball", 0.3)],
        [summary_rows("ball")],
    )
    assert chosen not in answer_text(answer)


def test_minimal_attacks_at_equal_ssim_are_called_directions():
    study = study_of({"near": "deepfool"})
    answer = answer_of(study, [primary_row("near", 0.3)], [summary_rows("near")])
    assert json.loads(answer_json(answer))["place"]["more"] == ["near"]
    for form in (answer_text, answer_markdown):
        assert form(answer).count("direction of near") == 3
    own = study_of({"near": "deepfool"}, comparison={"mode": "fixed_budget"})
    assert "direction" not in answer_text(
        answer_of(own, [primary_row("near", 0.3)], [summary_rows("near")])
    )


def test_weights_are_named_where_they_have_a_name():
    def first_line(weights, **model):
        study = study_of({"ball": "ssim_ball"}, model={"weights": weights, **model})
        answer = answer_of(study, [primary_row("ball", 0.3)], [summary_rows("ball")])
        return answer_text(answer).splitlines()[1]

    assert "; MobileNetV2 (demo); " in first_line("demo")
    assert "; MobileNetV2; " in first_line("mine/net.safetensors")
    of_timm = first_line("mine/net.pth", name="timm/tf_efficientnet_lite0", width_mult=1.0)
    assert "; EfficientNet-Lite0; " in of_timm


def test_place_names_the_attacks_in_the_ball_first():
    names = [f"attack_{number}" for number in range(6)]
    study = study_of({**dict.fromkeys(names, "pgd_l2"), "ball": "ssim_ball"})
    rows = [primary_row(name, 0.3) for name in (*names, "ball")]
    answer = answer_of(study, rows, [summary_rows(name) for name in (*names, "ball")])
    place = next(one.sentence for one in findings(answer) if one.label == "Place")
    assert place.startswith("on the CAM more than chance: ball, attack_0, ")
    assert [row.attack for row in answer.attacks] == [*names, "ball"]


def test_limits_name_a_cam_that_is_not_exact():
    study, tables = (
        study_of({"near": "deepfool"}),
        ([primary_row("near", 0.3)], [summary_rows("near")]),
    )
    for exact in (True, False):
        text = " ".join(answer_text(answer_of(study, *tables, exact_cam=exact)).split())
        assert ("CAM not exact: Grad-CAM" in text) != exact


def test_a_warning_about_the_network_has_a_line():
    study, tables = (
        study_of({"near": "deepfool"}),
        ([primary_row("near", 0.3)], [summary_rows("near")]),
    )
    text = answer_text(answer_of(study, *tables, warning="top-1 is 0 of 20, as by chance"))
    assert text.splitlines()[-1] == "Warning  top-1 is 0 of 20, as by chance"
