"""Levels of the sensitivity sweep: one thing changed at a time, nothing computed twice."""

from ssimball.config.study import load_study
from ssimball.config.sweep import network_models, sweep_levels, swept_attacks, value_text


def levels(sensitivity, **study):
    study.setdefault("attacks", ["ssim_ball", "ssim_ball_fw", "pgd_l2"])
    return sweep_levels(load_study({**study, "sensitivity": {"enabled": True, **sensitivity}}))


def of(found, factor):
    return [level for level in found if level.factor == factor]


def test_it_is_off_unless_asked_for():
    assert sweep_levels(load_study({})) == []
    raw = {"sensitivity": {"networks": {"other": {"padding": "same"}}}}
    assert network_models(load_study(raw)) == {}


def test_one_setting_is_changed_and_the_base_stands_among_its_values():
    found = of(levels({"vary": {"tau": [None, "4/255"]}}), "tau")
    assert [level.label for level in found] == ["4/255", "8/255", "none"]
    assert [level.attack for level in found] == [
        *("ssim_ball--tau-4-255", "ssim_ball", "ssim_ball--tau-none")
    ]
    assert [level.is_base for level in found] == [False, True, False]
    own = load_study({}).attack_settings["ssim_ball"]
    assert found[0].settings == own.model_copy(update={"tau": 4 / 255})


def test_a_level_that_is_an_attack_of_the_run_is_not_computed_again():
    found = of(levels({"vary": {"steps": [2, 5]}}), "steps")
    assert [level.attack for level in found] == ["ssim_ball", "ssim_ball--steps-2", "ssim_ball_fw"]


def test_matched_quality_gives_a_radius_the_quality_that_it_stands_for():
    found = of(levels({"vary": {"epsilon": [0.03], "model": ["L"]}}), "epsilon")
    assert [level.comparison.mean_ssim for level in found] == [0.99, 0.97]
    fixed = {"comparison": {"mode": "fixed_budget"}}
    found = of(levels({"vary": {"epsilon": [0.03]}}, **fixed), "epsilon")
    assert {level.comparison.mode for level in found} == {"fixed_budget"}


def test_mean_ssim_can_be_varied_for_an_attack_that_promises_none():
    found = of(levels({"base": "pgd_l2", "vary": {"mean_ssim": [0.95]}}), "mean_ssim")
    assert [(level.label, level.comparison.mean_ssim) for level in found] == [
        *(("0.95", 0.95), ("0.99", 0.99))
    ]
    assert found[0].attack == "pgd_l2--mean_ssim-0.95"
    assert found[0].settings == found[1].settings


def test_views_need_no_attack_of_their_own():
    found = levels(
        {"vary": {}, "top": [0.1]},
        explanations=["cam", "gradient", "early"],
        explanation_settings={
            "cam": {"method": "cam"},
            "gradient": {"method": "gradient"},
            "early": {"method": "grad_cam", "layer": "features.14"},
        },
        overlap={"distortions": ["squared"]},
    )
    assert set(swept_attacks(found)) == {"ssim_ball"}
    views = [(level.factor, level.label, level.view, level.top) for level in found]
    assert views == [
        *(("top", "0.1", None, 0.1), ("top", "0.2", None, 0.2)),
        *(("explanation", "cam", None, None), ("explanation", "gradient", "gradient", None)),
        *(("layer", "cam", None, None), ("layer", "early", "early", None)),
        *(("distortion", "deficit", None, None), ("distortion", "squared", "cam_of_squared", None)),
    ]


def test_networks_differ_from_the_runs_own_in_what_is_named():
    raw = {"enabled": True, "vary": {}, "networks": {"same": {"padding": "same"}}}
    study = load_study({"sensitivity": raw})
    assert network_models(study)["same"] == study.model.model_copy(update={"padding": "same"})
    found = of(sweep_levels(study), "network")
    assert [(level.label, level.network, level.is_base) for level in found] == [
        *(("own", None, True), ("same", "same", False))
    ]


def test_overlays_take_settings_out():
    found = levels({"vary": {"epsilon": None, "tau": []}})
    assert not of(found, "epsilon") and not of(found, "tau")


def test_values_are_written_as_people_write_them():
    assert [value_text(value) for value in (8 / 255, 0.2, 0.01, None, True, 3, "S")] == [
        *("8/255", "0.2", "0.01", "none", "true", "3", "S")
    ]
    window = load_study({}).attack_settings["ssim_ball"].window
    assert value_text(window) == "gaussian 11 1"
