"""The demo's classifier: its training is repeatable and the shipped weights keep their promise."""

import hashlib
import io
import json
from dataclasses import asdict
from importlib.resources import files

import pytest
import safetensors.torch
import torch
import torchvision

from ssimball.models.demo_training import (
    TrainingSettings,
    _logits_and_maps,
    measure_quality,
    train_demo_model,
    weights_file,
)

TINY = TrainingSettings(train_scenes=4, validation_scenes=2, epochs=1, batch_size=2)
DATA = files("ssimball") / "models"


@pytest.fixture(scope="module")
def record():
    return json.loads((DATA / "demo_model.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def shipped(record):
    width = record["settings"]["width_mult"]
    model = torchvision.models.mobilenet_v2(weights=None, num_classes=10, width_mult=width)
    model.load_state_dict(safetensors.torch.load((DATA / "demo_model.safetensors").read_bytes()))
    return model.eval()


def test_training_is_repeatable_bit_for_bit_recorded_in_full_and_leaves_no_state():
    threads = torch.get_num_threads()
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    first = train_demo_model(TINY)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_num_threads() == threads
    assert not torch.are_deterministic_algorithms_enabled()
    torch.rand(5)
    log = io.StringIO()
    second = train_demo_model(TINY, progress=log)
    assert weights_file(first.state_dict) == weights_file(second.state_dict)
    assert first.record == second.record == json.loads(json.dumps(first.record))
    assert "epoch 1 of 1" in log.getvalue()
    assert first.record["settings"] == asdict(TINY)
    assert first.record["sha256"] == hashlib.sha256(weights_file(first.state_dict)).hexdigest()
    assert set(first.record) >= {"packages", "top1", "peak_inside"}


def test_shipped_weights_are_those_of_the_record(record):
    content = (DATA / "demo_model.safetensors").read_bytes()
    assert hashlib.sha256(content).hexdigest() == record["sha256"]
    assert len(content) < 3_000_000
    assert record["settings"] == asdict(TrainingSettings())
    assert record["settings"]["validation_scenes"] >= 1000


def test_shipped_model_recognises_and_locates_objects_of_an_unseen_seed(shipped, record):
    measured = measure_quality(shipped, seed=987, scenes=60)
    assert record["top1"] >= 0.95
    assert record["peak_inside"] >= 0.8
    assert measured.top1 >= 0.9
    assert measured.peak_inside >= 0.7


def test_logits_and_maps_agree_with_the_network(shipped):
    x = torch.rand(2, 3, 224, 224)
    logits, maps = _logits_and_maps(shipped, x)
    with torch.no_grad():
        torch.testing.assert_close(logits, shipped(x))
    # Mean of the map plus bias is the logit; half-pixel bilinear up-sampling keeps the mean.
    bias = shipped.classifier[1].bias.detach()
    torch.testing.assert_close(maps.mean(dim=(2, 3)) + bias, logits, rtol=1e-3, atol=1e-3)
