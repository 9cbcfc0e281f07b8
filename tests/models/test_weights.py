"""Weights from files and by name, downloaded once; mistakes are in tests/bad_input."""

import argparse
import hashlib
from urllib.error import URLError

import numpy as np
import pytest
import safetensors.torch
import torch

from ssimball.config.model import ModelConfig
from ssimball.errors import ModelError
from ssimball.models.checkpoints import without_prefixes
from ssimball.models.classifier import load_classifier
from ssimball.models.weights import load_state

STATE = {"fc.weight": torch.arange(6.0).reshape(2, 3), "fc.bias": torch.ones(2)}


def config(weights, **changes):
    return ModelConfig(**{"name": "resnet18", "weights": str(weights), **changes})


def assert_loads(path, **changes):
    found = load_state(config(path, **changes))
    assert set(found) == set(STATE)
    assert all(torch.equal(found[key], STATE[key]) for key in STATE)


@pytest.mark.parametrize(
    "content",
    [
        STATE,
        {"state_dict": STATE, "epoch": 3},
        {"model": STATE},
        {"model_ema": STATE, "epoch": 3},
        {"model": {"state_dict": STATE}, "ema": None},
        {"checkpoint": {"model_state": STATE, "optimizer": {"state": {}}}},
        {"params": STATE, "best": np.float64(0.9), "step": np.int64(3)},
        {"model": STATE, "args": argparse.Namespace(lr=0.1)},
    ],
    ids=[
        *("plain", "state_dict", "model", "average", "nested", "two levels", "NumPy's numbers"),
        "options of the training",
    ],
)
@pytest.mark.parametrize("name", ["w.pth", "w.pt", "w.pth.tar", "w.bin", "w.ckpt"])
def test_checkpoints_of_every_common_form_load(content, name, tmp_path):
    torch.save(content, tmp_path / name)
    assert_loads(tmp_path / name)


@pytest.mark.parametrize(
    "prefix",
    ["module.", "_orig_mod.", "model.", "1.", "backbone.encoder.", "module._orig_mod.model."],
)
def test_prefixes_of_training_are_taken_off(prefix):
    wrapped = {f"{prefix}{key}": value for key, value in STATE.items()}
    # As an average by torch has, and a loss with weights.
    wrapped |= {"n_averaged": torch.tensor(3), "criterion.weight": torch.ones(2)}
    assert without_prefixes(wrapped, STATE) == STATE


def test_what_wrappers_put_between_names_is_taken_off():
    wrapped = {key.replace(".", "._fsdp_wrapped_module._orig_mod."): STATE[key] for key in STATE}
    assert without_prefixes(wrapped, STATE) == STATE


def test_a_head_may_stand_beside_the_features():
    features = {f"{number}.weight": torch.ones(number) for number in range(3)}
    split = {**{f"backbone.{key}": value for key, value in features.items()}, **STATE}
    assert without_prefixes(split, {**features, **STATE}) == {**features, **STATE}


@pytest.mark.parametrize(("name", "save"), [("w.pth", "safetensors"), ("w.safetensors", "torch")])
def test_the_content_of_a_file_counts_not_its_ending(name, save, tmp_path):
    {"safetensors": safetensors.torch.save_file, "torch": torch.save}[save](STATE, tmp_path / name)
    assert_loads(tmp_path / name)


def test_two_sets_of_weights_are_refused_unless_they_are_equal():
    twice = {f"{prefix}{key}": STATE[key] for key in STATE for prefix in ("model.", "ema.model.")}
    assert without_prefixes(twice, STATE) == STATE
    twice["ema.model.fc.bias"] = torch.zeros(2)
    with pytest.raises(ModelError, match=r"two sets of weights, under model\. and under ema"):
        without_prefixes(twice, STATE)


def test_prefixes_that_the_network_has_itself_stay():
    own = {f"model.{key}": value for key, value in STATE.items()}
    assert without_prefixes(own, list(own)) == own
    assert without_prefixes({f"module.{k}": v for k, v in own.items()}, list(own)) == own


def test_wrapped_checkpoint_in_half_precision_gives_the_same_network(tmp_path):
    demo = load_state(ModelConfig())
    wrapped = {f"module.{key}": value.half() for key, value in demo.items()}
    torch.save({"state_dict": wrapped}, tmp_path / "w.ckpt")
    found = load_classifier(ModelConfig(weights=str(tmp_path / "w.ckpt"))).network.state_dict()
    rounded = {key: value.half().float() for key, value in demo.items()}
    torch.save(rounded, tmp_path / "r.pth")
    plain = load_classifier(ModelConfig(weights=str(tmp_path / "r.pth"))).network.state_dict()
    assert all(torch.equal(found[key], plain[key]) for key in plain)


def test_safetensors_loads_and_its_sha256_is_checked(tmp_path):
    path = tmp_path / "w.safetensors"
    safetensors.torch.save_file(STATE, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert_loads(path, sha256=digest)


@pytest.fixture
def hub(tmp_path, monkeypatch):
    """The folder where torch keeps downloads, new and empty."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "torch" / "hub" / "checkpoints"


def test_download_without_network_tells_what_to_put_where(hub, monkeypatch):
    def no_network(*_, **__):
        raise URLError("no route")

    monkeypatch.setattr(torch.hub, "download_url_to_file", no_network)
    with pytest.raises(ModelError) as caught:
        load_state(config("IMAGENET1K_V1"))
    assert "get https://download.pytorch.org/models/resnet18-f37072fd.pth" in str(caught.value)
    assert f"as {hub / 'resnet18-f37072fd.pth'};" in str(caught.value)


def test_folder_that_cannot_be_made_is_a_model_error_too(hub):
    hub.parent.parent.write_text("a file where the folder should be")
    with pytest.raises(ModelError, match=r"resnet18-f37072fd\.pth"):
        load_state(config("IMAGENET1K_V1"))


def test_download_is_checked_by_torch_and_kept(hub, monkeypatch):
    calls = []

    def download(url, target, hash_prefix, progress):
        calls.append((url.rpartition("/")[2], hash_prefix))
        torch.save(STATE, target)

    monkeypatch.setattr(torch.hub, "download_url_to_file", download)
    assert_loads("IMAGENET1K_V1")
    assert_loads("IMAGENET1K_V1")
    assert calls == [("resnet18-f37072fd.pth", "f37072fd")]


def test_demo_weights_are_shipped():
    assert load_state(config("demo"))["classifier.1.weight"].shape == (10, 1280)
