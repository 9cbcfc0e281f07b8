"""Stages are written as canonical JSON and parsed again without loss."""

import json
from pathlib import Path

import pytest

from ssimball.config.stages.attack import AttackStage
from ssimball.config.stages.explain import ExplainStage
from ssimball.config.study import StudyConfig
from ssimball.errors import ArtifactError
from ssimball.pipeline.plan import Plan

ACROSS_IMAGES = (
    *(
        "overlap",
        "sensitivity_overlap",
        "randomised",
        "summary",
        "answer",
        "causal_summary",
        "region_noise",
        "region_noise_summary",
        "region_test",
        "region_test_summary",
        "figure_region_test",
        "sensitivity",
        "figures",
    ),
    *(
        "figure_causal",
        "figure_evidence",
        "figure_attacks",
        "figure_fooling",
        "explorer",
    ),
    *("checksums", "config", "classes", "clean", "causal_references"),
)


@pytest.fixture(scope="module")
def study():
    return StudyConfig.model_validate({"seed": 7, "sensitivity": {"enabled": True}})


@pytest.fixture(scope="module")
def stages(study):
    return Plan(study, Path()).stages


def test_every_stage_is_parsed_as_it_was_written(stages):
    built = [stages.build(name) for name in ACROSS_IMAGES]
    built += [stages.build(name, "fgsm") for name in ("attack", "ssim", "causal")]
    built += [stages.explain("smoothgrad"), stages.explain_attack("fgsm", "cam")]
    built += [stages.subset("00000")]
    for stage in built:
        text = stage.canonical()
        assert type(stage).parse(text) == stage
        assert type(stage).parse(text).canonical() == text
        assert json.loads(text)["stage"] == stage.stage_name


def test_settings_of_an_attack_have_the_class_of_their_method(study, stages):
    stage = AttackStage.parse(stages.attack("ssim_ball").canonical())
    assert type(stage.settings) is type(study.attack_settings["ssim_ball"])


def test_a_stage_holds_the_keys_that_its_comparison_uses(stages):
    assert sorted(stages.attack("fgsm").content()["comparison"]) == [
        *("mean_ssim", "mode", "reruns", "tolerance")
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"unknown": 1}, r"stage explain do not fit this version .*\(unknown: Extra inputs"),
        ({"model": None}, r"stage explain do not fit this version .*\(model: Input should be"),
        ({"stage": "attack"}, "expected settings of stage explain, found 'attack'"),
    ],
)
def test_settings_of_another_version_are_refused(stages, change, problem):
    with pytest.raises(ArtifactError, match=problem):
        ExplainStage.from_content(stages.explain("cam").content() | change)
