"""Configuration: defaults, overlays and generated files; tests/bad_input covers mistakes."""

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from snakemake.utils import update_config

from ssimball.config.attacks.gradient import FgsmConfig
from ssimball.config.generate import default_yaml, schema_json
from ssimball.config.study import StudyConfig, effective, load_study
from ssimball.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
NETWORKS = [f"networks/{path.stem}" for path in (ROOT / "config" / "networks").glob("*.yaml")]


def merged(*overlays):
    """Return config.yaml with overlays merged into it by Snakemake."""
    result = yaml.safe_load((ROOT / "config.yaml").read_text())
    for overlay in overlays:
        update_config(result, overlay)
    return result


def test_generated_files_follow_the_models():
    assert (ROOT / "config.yaml").read_text() == default_yaml()
    assert (ROOT / "config" / "schema.json").read_text() == schema_json()


def test_the_default_file_holds_the_defaults_and_fits_the_schema():
    raw = yaml.safe_load((ROOT / "config.yaml").read_text())
    assert load_study(raw) == load_study({}) == StudyConfig()
    assert load_study(effective(StudyConfig())) == StudyConfig()
    jsonschema.validate(effective(StudyConfig()), json.loads(schema_json()))


@pytest.mark.parametrize("name", ["imagenet", "manifest", *NETWORKS])
def test_shipped_overlays_are_valid(name):
    overlay = yaml.safe_load((ROOT / "config" / f"{name}.yaml").read_text())
    study = load_study(merged(overlay))
    assert study.model.num_classes == 1000
    assert study.preprocessing.crop == 224


def test_all_mistakes_are_named_at_once():
    with pytest.raises(ConfigError) as caught:
        load_study(merged({"sed": 1, "model": {"width": 1}, "overlap": {"top": 2.0}}))
    for key in ("sed: ", "model.width: ", "overlap.top: "):
        assert key in str(caught.value)


def test_text_is_read_as_snakemakes_config_option_delivers_it():
    overlay = {
        "seed": "3",
        "subset": {"images": "12"},
        "model": {"mean": ["0.1", "0.2", "0.3"], "sha256": "null", "name": "resnet50"},
        "attack_settings": {
            "ssim_ball": {"tau": "null", "gap": "1e-2", "target": "least_likely"},
            "pgd_l2": {"steps": "3", "target": "7"},
            "fgsm": {"target": "null"},
        },
        "explanation_settings": {
            "grad_cam": {"layer": "features.14"},
            "layer_cam": {"layer": "null"},
            "smoothgrad": {"samples": "9", "noise_level": "1/10"},
        },
    }
    study = load_study(merged(overlay))
    assert (study.seed, study.subset.images) == (3, 12)
    assert (study.model.mean, study.model.sha256) == ([0.1, 0.2, 0.3], None)
    ball = study.attack_settings["ssim_ball"]
    assert (ball.tau, ball.gap, study.attack_settings["pgd_l2"].steps) == (None, 0.01, 3)
    targets = [study.attack_settings[name].target for name in ("ssim_ball", "pgd_l2", "fgsm")]
    assert targets == ["least_likely", 7, None]
    names = ("grad_cam", "layer_cam")
    layers = [study.explanation_settings[name].layer for name in names]
    assert layers == ["features.14", None]
    smoothgrad = study.explanation_settings["smoothgrad"]
    assert (smoothgrad.samples, smoothgrad.noise_level) == (9, 0.1)
    assert load_study(merged({"subset": {"images": "all"}})).subset.images == "all"


def test_controls_keep_the_order_of_the_attacks():
    names = ["blur", "fgsm", "shuffled_l2", "ssim_ball", "noise_sign", "ball_random_gradient"]
    controls = load_study({"attacks": names}).controls
    assert controls == ["blur", "shuffled_l2", "noise_sign", "ball_random_gradient"]


def test_budgets_may_be_written_as_fractions_of_255():
    overlay = {"attack_settings": {"fgsm": {"epsilon": "7/255"}}}
    assert load_study(merged(overlay)).attack_settings["fgsm"].epsilon == 7 / 255
    for levels in range(1, 256):
        assert FgsmConfig(epsilon=f"{levels}/255").epsilon == levels / 255
