"""config/demo.yaml is what `make demo` promises: photographs, a published network, offline."""

import re
from pathlib import Path

import yaml

from ssimball.config.study import load_study

ROOT = Path(__file__).parents[2]
OVERLAY = yaml.safe_load((ROOT / "config" / "demo.yaml").read_text())


def test_the_network_is_that_of_its_overlay():
    published = yaml.safe_load((ROOT / "config/networks/efficientnet_lite0.yaml").read_text())
    assert {part: OVERLAY[part] for part in published} == published
    # Without these, another file or wrong preprocessing would go unnoticed.
    model = load_study(OVERLAY).model
    assert model.sha256 and model.expected_top1


def test_photographs_and_weights_come_from_pinned_packages():
    study = load_study(OVERLAY)
    lock = (ROOT / "envs" / "requirements.lock").read_text()
    package = re.match(r"package:(\w+)/", study.model.weights)[1].replace("_", "-")
    assert (study.dataset.kind, study.subset.images) == ("foolbox", "all")
    assert all(f"\n{name}==" in lock for name in ("foolbox", package))


def test_the_ball_has_its_controls():
    study = load_study(OVERLAY)
    directions = {getattr(study.attack_settings[name], "gradient", "") for name in study.attacks}
    assert {"permuted_signs", "sign_only", "rolled_magnitude"} <= directions
    assert "ssim_ball" in study.attacks and study.comparison.mode == "matched_quality"
