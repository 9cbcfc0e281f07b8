"""Levels of the sensitivity sweep change one thing at a time and repeat no attack of the run."""

from ssimball.config.level import value_text
from ssimball.config.networks import other_networks
from ssimball.config.study import load_study
from ssimball.config.sweep import dose_factors, network_models, sweep_levels, swept_attacks

#: A sweep of the base alone.
ALONE = {"enabled": True, "control": None, "smallest_budget": False}


def levels(sensitivity, **study):
    study.setdefault("attacks", ["ssim_ball", "ssim_ball_fw", "pgd_l2"])
    return sweep_levels(load_study({**study, "sensitivity": {**ALONE, **sensitivity}}))


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


def test_levels_store_no_bracket_and_share_the_images_of_an_attack_that_does():
    ball = {"method": "ssim_ball", "bracket": True}
    shuffled = {"method": "ssim_ball_control", "gradient": "permuted_signs"}
    attacks = {"ssim_ball": ball, "ssim_ball_fw": ball | {"steps": 5}}
    vary = {"steps": [2, 5], "model": ["L"], "mean_ssim": [0.95]}
    found = levels(
        {"vary": vary, "smallest_budget": True, "control": "ball_permuted_signs"},
        attacks=[*attacks],
        attack_settings={**attacks, "ball_permuted_signs": shuffled},
    )
    assert {level.attack for level in found if level.settings.bracket} == {"ssim_ball"}
    assert [level.attack for level in with_factor(found, "steps")] == [
        *("ssim_ball", "ssim_ball--steps-2", "ssim_ball_fw", "ball_permuted_signs")
    ]


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
        {"vary": {}, "control": "noise_gaussian"},
        explanations=["cam", "gradient", "early", "same"],
        explanation_settings={
            "cam": {"method": "cam"},
            "same": {"method": "grad_cam"},  # at the last layer it is the CAM
            "gradient": {"method": "gradient"},
            "early": {"method": "grad_cam", "layer": "features.14"},
        },
        overlap={"distortions": ["squared"]},
    )
    assert set(swept_attacks(selected)) == {"ssim_ball", "noise_gaussian"}
    views = [(level.factor, level.label, level.reference, level.distortion) for level in selected]
    of_attack = [
        ("explanation", "cam", "cam", "deficit"),
        ("explanation", "gradient", "gradient", "deficit"),
        ("layer", "cam", "cam", "deficit"),
        ("layer", "early", "early", "deficit"),
        ("distortion", "deficit", "cam", "deficit"),
        ("distortion", "squared", "cam", "squared"),
    ]
    assert views == [*of_attack, *of_attack]
    assert [level.attack for level in selected] == ["ssim_ball"] * 6 + ["noise_gaussian"] * 6


def test_a_network_differs_from_the_runs_own_in_the_named_keys():
    raw = {**ALONE, "vary": {}, "networks": {"same": {"padding": "same"}}}
    study = load_study({"sensitivity": raw})
    assert network_models(study)["same"] == study.model.model_copy(update={"padding": "same"})
    selected = with_factor(sweep_levels(study), "network")
    assert [(level.label, level.network, level.is_base) for level in selected] == [
        *(("own", None, True), ("same", "same", False))
    ]


def test_the_control_gets_the_changes_of_the_base():
    vary = {"tau": [None], "epsilon": [0.03], "steps": [5]}
    selected = levels({"vary": vary, "control": "ball_permuted_signs"})
    controls = [level for level in selected if level.is_control]
    configured = load_study({}).attack_settings["ball_permuted_signs"]
    found = {(level.factor, level.label): level for level in controls}
    # A control takes one step, so it has no level with several.
    assert [*found][:5] == [
        *(("epsilon", "0.01"), ("epsilon", "0.03"), ("steps", "1")),
        *(("tau", "8/255"), ("tau", "none")),
    ]
    assert found["tau", "none"].settings == configured.model_copy(update={"tau": None})
    assert found["tau", "none"].attack == "ball_permuted_signs--tau-none"
    assert found["epsilon", "0.03"].settings.epsilon == 0.03
    assert found["epsilon", "0.03"].comparison.mean_ssim == 0.97
    assert found["tau", "8/255"].attack == "ball_permuted_signs"


def test_a_control_of_another_kind_is_compared_at_the_same_mean_ssim():
    vary = {"tau": [None], "epsilon": [0.03]}
    selected = levels({"vary": vary, "control": "noise_gaussian"})
    controls = [level for level in selected if level.is_control and not level.is_base]
    assert [(level.factor, level.label) for level in controls][:1] == [("epsilon", "0.03")]
    assert controls[0].settings == load_study({}).attack_settings["noise_gaussian"]
    assert controls[0].comparison.mean_ssim == 0.97
    assert not with_factor(controls, "tau")


def test_the_smallest_budgets_are_sought_below_the_largest_dose():
    selected = with_factor(
        levels({"vary": {"epsilon": [0.003, 0.1]}, "smallest_budget": True}), "comparison"
    )
    assert [(level.label, level.is_base) for level in selected] == [
        *(("matched_quality", True), ("matched_outcome", False))
    ]
    assert selected[1].comparison.mode == "matched_outcome"
    assert selected[1].settings.epsilon == 0.1
    assert selected[1].attack == "ssim_ball--comparison-matched_outcome"
    raw = {"comparison": {"mode": "matched_outcome"}}
    assert not with_factor(levels({"vary": {}, "smallest_budget": True}, **raw), "comparison")


def test_both_run_on_other_networks():
    raw = {"enabled": True, "networks": {"same": {"padding": "same"}}}
    study = load_study({"sensitivity": raw})
    assert other_networks(study)["same"].attacks == ("ssim_ball", "ball_permuted_signs")
    selected = [level for level in sweep_levels(study) if level.network == "same"]
    assert [(level.attack, level.is_control) for level in selected] == [
        *(("ssim_ball", False), ("ball_permuted_signs", True))
    ]


def test_doses_are_the_factors_that_change_the_budget():
    raw = {"enabled": True, "vary": {"epsilon": [0.1], "mean_ssim": [0.9], "tau": [None]}}
    assert dose_factors(load_study({"sensitivity": raw})) == ("epsilon", "mean_ssim")


def test_overlays_remove_settings_from_the_sweep():
    remaining = levels({"vary": {"epsilon": None, "tau": []}})
    assert not with_factor(remaining, "epsilon") and not with_factor(remaining, "tau")


def test_the_order_of_keys_does_not_matter():
    vary = {"tau": [None], "epsilon": [0.03, 0.003]}
    networks = {"same": {"padding": "same"}, "other": {"padding": "same"}}
    first = levels({"vary": vary, "networks": networks})
    second = levels(
        {
            "vary": {name: vary[name] for name in reversed(vary)},
            "networks": {name: networks[name] for name in reversed(networks)},
        }
    )
    assert first == second


def test_values_are_written_as_people_write_them():
    assert [value_text(value) for value in (8 / 255, 0.2, 0.01, None, True, 3, "S")] == [
        *("8/255", "0.2", "0.01", "none", "true", "3", "S")
    ]
    window = load_study({}).attack_settings["ssim_ball"].window
    assert value_text(window) == "gaussian 11 1"
