"""Networks are loaded before the first job. Starting torch takes two seconds."""

import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest
import safetensors.torch
import torch
import torchvision

from ssimball.config.model import ModelConfig
from ssimball.config.study import StudyConfig
from ssimball.errors import MachineError, ModelError
from ssimball.models import first_load
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


def test_a_network_is_loaded_again_when_its_download_is_gone(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    named = ModelConfig(name="squeezenet1_1", weights="IMAGENET1K_V1", width_mult=1.0)
    # As if it had been downloaded.
    kept = tmp_path / "hub" / "checkpoints" / "squeezenet1_1-b8a52dc0.pth"
    kept.parent.mkdir(parents=True)
    torch.save(torchvision.models.squeezenet1_1(num_classes=10).state_dict(), kept)
    first_load.main("224", named.model_dump_json())
    printed = capfd.readouterr().out
    assert Path(printed.strip()) == kept

    loads = []

    def run(*_, **__):
        loads.append(1)
        return SimpleNamespace(returncode=0, stdout=printed)

    monkeypatch.setattr(network_trial.subprocess, "run", run)
    for _ in range(2):
        try_networks(StudyConfig(model=named))
    assert len(loads) == 1
    kept.unlink()
    try_networks(StudyConfig(model=named))
    assert len(loads) == 2


@pytest.mark.parametrize(
    ("code", "stderr"),
    [
        (-9, ""),
        (-6, "terminate called after throwing an instance of 'std::bad_alloc'"),
        (1, "ImportError: libtorch_cpu.so: failed to map segment from shared object"),
    ],
)
def test_too_little_memory_is_said_to_be_the_cause(tmp_path, monkeypatch, code, stderr):
    monkeypatch.chdir(tmp_path)
    ended = subprocess.CompletedProcess([], code, "", stderr)
    monkeypatch.setattr(network_trial.subprocess, "run", lambda *_, **__: ended)
    (tmp_path / "own.safetensors").touch()
    with pytest.raises(MachineError, match="mobilenet_v2 cannot be loaded, since there is not en"):
        try_networks(study("own.safetensors"))


def test_networks_of_the_package_need_no_process(no_process):
    try_networks(StudyConfig())
