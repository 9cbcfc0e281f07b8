"""What stages of explanations depend on."""

import subprocess
import sys
from pathlib import Path

import pytest

from ssimball.config.study import StudyConfig
from ssimball.pipeline.plan import Plan

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"


@pytest.fixture(scope="module")
def plan():
    return Plan(StudyConfig(seed=7), SCRIPTS)


def test_modules_of_methods_are_named_without_torch():
    code = (
        "import sys; from ssimball.explanations.registry import module; print(module('cam')); "
        "sys.exit('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "ssimball.explanations.methods.cam\n")


@pytest.mark.parametrize("script", ["explain_shard", "explain_attack_shard"])
def test_code_of_a_stage_is_that_of_its_method(plan, script):
    names = list(plan.study.explanation_settings)
    assert len({plan.code(script, explanation=name) for name in names}) == len(names)


def test_only_what_draws_random_numbers_depends_on_the_seed(plan):
    found = {name: plan.stages.explain(name).content() for name in plan.study.explanations}
    assert {name for name, stage in found.items() if "seed" in stage} == {"smoothgrad"}
    assert found["smoothgrad"]["seed"] == 7
    attacked = plan.stages.explain_attack("fgsm", "gradient").content()
    assert attacked == found["gradient"] | {"stage": "explain_attack", "attack": "fgsm"}
