"""The demo's robust classifier: its training is repeatable, and the shipped weights are robust."""

import hashlib
import io
import json
from dataclasses import asdict
from importlib.resources import files

import pytest
import torch
from scipy.stats import binomtest
from torch import nn

from ssimball.config.model import ModelConfig
from ssimball.models.classifier import load_classifier
from ssimball.models.demo_training import measure_quality, weights_file
from ssimball.models.robust_accuracy import measure_robustness, perturbed
from ssimball.models.robust_training import (
    RobustTrainingSettings,
    ordinary_model,
    train_robust_model,
)
from ssimball.models.weights import load_state

TINY = RobustTrainingSettings(
    **{"train_scenes": 4, "validation_scenes": 2, "attacked_scenes": 2, "epochs": 1},
    **{"batch_size": 2, "pgd_steps": 1, "evaluation_steps": 1},
)
DATA = files("ssimball") / "models"


@pytest.fixture(scope="module")
def record():
    return json.loads((DATA / "demo_robust.json").read_text(encoding="utf-8"))


def shipped(weights):
    model, _ = ordinary_model()
    model.load_state_dict(load_state(ModelConfig(weights=weights)))
    return model.eval()


def test_training_is_repeatable_bit_for_bit_and_recorded_in_full():
    """Two trainings on four scenes and their measurements take 1 to 2 s."""
    torch.manual_seed(1)
    first = train_robust_model(TINY)
    torch.rand(5)
    log = io.StringIO()
    second = train_robust_model(TINY, progress=log)
    assert weights_file(first.state_dict) == weights_file(second.state_dict)
    assert first.record == second.record == json.loads(json.dumps(first.record))
    assert "epoch 1 of 1" in log.getvalue()
    assert first.record["settings"] == asdict(TINY)
    assert first.record["sha256"] == hashlib.sha256(weights_file(first.state_dict)).hexdigest()
    assert first.record["sha256"] != first.record["start_sha256"]


def test_examples_of_a_linear_network_are_the_worst_of_the_ball():
    """For two classes, the worst image moves every value by the radius against the weights."""
    torch.manual_seed(0)
    model = nn.Sequential(nn.Flatten(), nn.Linear(12, 2))
    x, labels = 0.5 * (2 * torch.rand(5, 3, 2, 2) - 1), torch.tensor([0, 1, 0, 1, 1])
    found = perturbed(model, x, labels, 0.1, steps=20, step_size=0.02)
    weight = model[1].weight.detach()
    slope = (weight[1 - labels] - weight[labels]).reshape(x.shape)
    torch.testing.assert_close(found, x + 0.2 * slope.sign())


def test_examples_stay_valid_images_in_the_ball():
    model, _ = ordinary_model()
    x = (2 * torch.rand(2, 3, 64, 64) - 1).round(decimals=1)  # with values at both ends
    found = perturbed(model, x, torch.tensor([0, 1]), 4 / 255, steps=2, step_size=4 / 255)
    assert (found - x).abs().max() <= 2 * 4 / 255 + 1e-6
    assert found.abs().max() <= 1


def test_shipped_weights_are_those_of_the_record(record):
    content = (DATA / "demo_robust.safetensors").read_bytes()
    assert hashlib.sha256(content).hexdigest() == record["sha256"]
    assert record["start_sha256"] == json.loads((DATA / "demo_model.json").read_text())["sha256"]
    assert record["settings"] == asdict(RobustTrainingSettings())


def test_robust_weights_classify_as_recorded_and_resist_where_ordinary_ones_do_not(record):
    """Six steps on six scenes of an unseen seed, for each network, take a second."""
    model = shipped("demo_robust")
    right = round(20 * measure_quality(model, seed=987, scenes=20).top1)
    assert binomtest(right, 20, record["robust"]["top1"]).pvalue > 0.001
    robust, ordinary = (
        measure_robustness(each, seed=987, scenes=6, epsilon=8, steps=6)
        for each in (model, shipped("demo"))
    )
    assert robust > ordinary
    assert record["robust"]["top1_pgd"] > record["ordinary"]["top1_pgd"]


def test_a_run_selects_the_robust_weights():
    names = ("demo", "demo_robust")
    images = torch.rand(1, 3, 64, 64)
    first, second = (load_classifier(ModelConfig(weights=name))(images) for name in names)
    assert not torch.allclose(first, second)
