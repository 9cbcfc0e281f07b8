"""Weights from files and by name; every way they can be wrong names what to do."""

import hashlib
import io
import pickle
from pathlib import Path
from urllib.error import URLError

import pytest
import safetensors.torch
import torch

from ssimball.config.model import ModelConfig
from ssimball.errors import ModelError
from ssimball.weights import load_state

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
        {"state_dict": {f"module.{key}": value for key, value in STATE.items()}},
    ],
    ids=["plain", "state_dict", "model", "module prefix"],
)
@pytest.mark.parametrize("name", ["w.pth", "w.pt"])
def test_checkpoints_of_every_common_form_load(content, name, tmp_path):
    torch.save(content, tmp_path / name)
    assert_loads(tmp_path / name)


def test_safetensors_loads_and_its_sha256_is_checked(tmp_path):
    path = tmp_path / "w.safetensors"
    safetensors.torch.save_file(STATE, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    assert_loads(path, sha256=digest)
    with pytest.raises(ModelError, match=f"{path} has sha256 {digest}, model.sha256 says 0000"):
        load_state(config(path, sha256="0" * 64))


class Malicious:
    """Unpickled without care, creates a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_pickle_that_would_run_code_is_refused_and_does_not_run(tmp_path):
    trap = tmp_path / "trap"
    for number, save in enumerate(
        (torch.save, lambda x, path: path.write_bytes(pickle.dumps(x, 2)))
    ):
        path = tmp_path / f"{number}.pth"
        save({"fc.weight": Malicious(trap)}, path)
        with pytest.raises(ModelError, match=f"{path} is not a plain checkpoint"):
            load_state(config(path))
    assert not trap.exists()
    pickle.loads((tmp_path / "1.pth").read_bytes())
    assert trap.exists()  # the trap works: not loading it is what kept it shut


def zip_cut_short():
    stream = io.BytesIO()
    torch.save(STATE, stream)
    return stream.getvalue()[:-100]


@pytest.mark.parametrize("name", ["w.pth", "w.safetensors"])
@pytest.mark.parametrize(
    "content", [b"", b"not weights", b"\x80\x02", zip_cut_short(), bytes(100), b"<html></html>"]
)
def test_file_that_holds_no_weights_is_a_model_error(name, content, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ModelError, match=f"model.weights: {path} is not a"):
        load_state(config(path))


@pytest.mark.parametrize(
    "content", [[1, 2], {"epoch": 3}, {0: torch.ones(1)}, torch.ones(3), {"state_dict": {"a": 1}}]
)
def test_checkpoint_without_named_tensors_is_a_model_error(content, tmp_path):
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(ModelError, match="holds no mapping of names to tensors"):
        load_state(config(tmp_path / "w.pth"))


def test_missing_file_and_folder_are_model_errors(tmp_path):
    with pytest.raises(ModelError, match=r"cannot read .*none.pth \(No such file"):
        load_state(config(tmp_path / "none.pth"))
    (tmp_path / "folder.pth").mkdir()
    with pytest.raises(ModelError, match=r"cannot read .*folder.pth \(Is a directory"):
        load_state(config(tmp_path / "folder.pth"))


@pytest.mark.parametrize(
    ("weights", "words"),
    [
        ("IMAGENET1K_V3", r"did you mean IMAGENET1K_V\d\?"),
        ("imagenet", r"nor weights of torchvision; .*IMAGENET1K_V1"),
        ("resnet18.ckpt", "neither 'demo', nor a file ending in .safetensors, .pth, .pt"),
    ],
)
def test_unknown_name_of_weights_is_answered_with_the_known_ones(weights, words):
    with pytest.raises(ModelError, match=words):
        load_state(config(weights))


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
