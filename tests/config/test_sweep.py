"""Levels of the sensitivity sweep change one thing at a time and repeat no attack of the run."""

from ssimball.config.study import load_study
from ssimball.config.sweep import network_models, sweep_levels, swept_attacks, value_text


def levels(sensitivity, **study):
    study.setdefault("attacks", ["ssim_ball", "ssim_ball_fw", "pgd_l2"])
    return sweep_levels(load_study({**study, "sensitivity": {"enabled": True, **sensitivity}}))


def with_factor(all_levels, factor):
    return [level for level in all_levels if level.factor == factor]


def test_the_sweep_is_off_by_default():
    assert sweep_levels(load_study({})) == []
    raw = {"sensitivity": {"networks": {"other": {"padding": "same"}}}}
    assert network_models(load_study(raw)) == {}


def test_one_setting_is_changed_and_the_base_is_among_its_values():
    selected = with_factor(levels({"vary": {"tau": [None, "4/255"]}}), "tau")
    assert [level.label for level in selected] == ["4/255", "8/255", "none"]
    assert [level.attack for level in selected] == [
        *("ssim_ball--tau-4-255", "ssim_ball", "ssim_ball--tau-none")
    ]
    assert [level.is_base for level in selected] == [False, True, False]
    base = load_study({}).attack_settings["ssim_ball"]
    assert selected[0].settings == base.model_copy(update={"tau": 4 / 255})


def test_a_level_that_is_an_attack_of_the_run_is_not_computed_again():
    selected = with_factor(levels({"vary": {"steps": [2, 5]}}), "steps")
    names = [level.attack for level in selected]
    assert names == ["ssim_ball", "ssim_ball--steps-2", "ssim_ball_fw"]


def test_matched_quality_compares_a_radius_at_the_mean_ssim_that_it_guarantees():
    selected = with_factor(levels({"vary": {"epsilon": [0.03], "model": ["L"]}}), "epsilon")
    assert [level.comparison.mean_ssim for level in selected] == [0.99, 0.97]
    fixed = {"comparison": {"mode": "fixed_budget"}}
    selected = with_factor(levels({"vary": {"epsilon": [0.03]}}, **fixed), "epsilon")
    assert {level.comparison.mode for level in selected} == {"fixed_budget"}


def test_mean_ssim_can_be_varied_for_an_attack_that_guarantees_none():
    selected = with_factor(levels({"base": "pgd_l2", "vary": {"mean_ssim": [0.95]}}), "mean_ssim")
    assert [(level.label, level.comparison.mean_ssim) for level in selected] == [
        *(("0.95", 0.95), ("0.99", 0.99))
    ]
    assert selected[0].attack == "pgd_l2--mean_ssim-0.95"
    assert selected[0].settings == selected[1].settings


def test_views_need_no_attack_of_their_own():
    selected = levels(
        {"vary": {}, "top": [0.1]},
        explanations=["cam", "gradient", "early"],
        explanation_settings={
            "cam": {"method": "cam"},
            "gradient": {"method": "gradient"},
            "early": {"method": "grad_cam", "layer": "features.14"},
        },
        overlap={"distortions": ["squared"]},
    )
    assert set(swept_attacks(selected)) == {"ssim_ball"}
    views = [
        (level.factor, level.label, level.reference, level.distortion, level.top)
        for level in selected
    ]
    assert views == [
        ("top", "0.1", "cam", "deficit", 0.1),
        ("top", "0.2", "cam", "deficit", 0.2),
        ("explanation", "cam", "cam", "deficit", None),
        ("explanation", "gradient", "gradient", "deficit", None),
        ("layer", "cam", "cam", "deficit", None),
        ("layer", "early", "early", "deficit", None),
        ("distortion", "deficit", "cam", "deficit", None),
        ("distortion", "squared", "cam", "squared", None),
    ]


def test_a_network_differs_from_the_runs_own_in_the_named_keys():
    raw = {"enabled": True, "vary": {}, "networks": {"same": {"padding": "same"}}}
    study = load_study({"sensitivity": raw})
    assert network_models(study)["same"] == study.model.model_copy(update={"padding": "same"})
    selected = with_factor(sweep_levels(study), "network")
    assert [(level.label, level.network, level.is_base) for level in selected] == [
        *(("own", None, True), ("same", "same", False))
    ]


def test_overlays_remove_settings_from_the_sweep():
    remaining = levels({"vary": {"epsilon": None, "tau": []}})
    assert not with_factor(remaining, "epsilon") and not with_factor(remaining, "tau")


def test_values_are_written_as_people_write_them():
    assert [value_text(value) for value in (8 / 255, 0.2, 0.01, None, True, 3, "S")] == [
        *("8/255", "0.2", "0.01", "none", "true", "3", "S")
    ]
    window = load_study({}).attack_settings["ssim_ball"].window
    assert value_text(window) == "gaussian 11 1"
