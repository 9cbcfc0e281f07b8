"""Networks are loaded before the first job. Starting torch takes two seconds."""

import pytest
import safetensors.torch
import torch

from ssimball.config.model import ModelConfig
from ssimball.config.study import StudyConfig
from ssimball.errors import ModelError
from ssimball.models.weights import load_state
from ssimball.pipeline import network_trial
from ssimball.pipeline.network_trial import LOADED, try_networks


def study(weights, **model):
    return StudyConfig(model=ModelConfig(weights=str(weights), **model))


@pytest.fixture
def no_process(monkeypatch):
    monkeypatch.setattr(network_trial.subprocess, "run", pytest.fail)


def test_weights_of_another_network_are_refused_and_good_ones_loaded_once(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    state = load_state(ModelConfig())
    bad = {**state, "classifier.1.bias": torch.zeros(3)}
    safetensors.torch.save_file(bad, "bad.safetensors")
    safetensors.torch.save_file(state, "good.safetensors")
    with pytest.raises(ModelError, match=r"^model.weights: bad.safetensors is not for mobilenet"):
        try_networks(study("bad.safetensors"))
    assert not LOADED.exists()
    try_networks(study("good.safetensors"))
    monkeypatch.setattr(network_trial.subprocess, "run", pytest.fail)
    try_networks(study("good.safetensors"))
    assert len(list(LOADED.iterdir())) == 1


def test_networks_of_the_package_need_no_process(no_process):
    try_networks(StudyConfig())
