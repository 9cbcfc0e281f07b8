"""``ssimball fetch`` gets what a run needs; afterwards no job connects to anything.

A network from a file is tried in a process of its own, which takes some seconds.
"""

import hashlib
import shutil
import socket
from pathlib import Path

import pytest
import safetensors.torch
import torch
import yaml
from snakemake.cli import parse_config
from snakemake.common.configfile import load_configfile
from snakemake.settings.types import ConfigSettings
from snakemake.utils import update_config

from ssimball.cli.snakemake import study
from ssimball.config.model import ModelConfig
from ssimball.config.study import load_study
from ssimball.errors import ModelError
from ssimball.models import first_load, weights
from ssimball.models.classifier import load_classifier
from ssimball.pipeline import network_trial
from ssimball.pipeline.reruns import PROFILE

ROOT = Path(__file__).resolve().parents[2]
NAMED = {"name": "mobilenet_v2", "weights": "IMAGENET1K_V1"}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project's folder, and a home and folder for downloads that are empty."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / PROFILE).mkdir(parents=True)
    shutil.copy(ROOT / "config.yaml", tmp_path)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path


@pytest.fixture
def hub(project, monkeypatch):
    """A server of weights that is a folder; the network that it has is the small one of scenes."""
    folder = project / "hub"
    folder.mkdir()
    torch.save(weights.load_state(ModelConfig()), folder / "w.pth")
    digest = hashlib.sha256((folder / "w.pth").read_bytes()).hexdigest()
    file = (folder / "w.pth").rename(folder / f"w-{digest[:8]}.pth")
    monkeypatch.setattr(weights, "address_of", lambda settings: file.as_uri())

    # In this process, since another one would ask torchvision's server.
    def load(model, side):
        first_load.main(str(side), model.model_dump_json())
        return ""

    monkeypatch.setattr(network_trial, "_load", load)
    return folder


@pytest.fixture
def no_network(monkeypatch):
    """Fail whatever connects."""

    def refuse(*_):
        raise OSError("the test allows no connection")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)


def overlay(**model):
    Path("overlay.yaml").write_text(yaml.safe_dump({"model": model}))
    return "--configfile", "overlay.yaml"


def test_named_weights_are_fetched_once_and_a_job_then_connects_to_nothing(
    hub, ssimball, capsys, monkeypatch, no_network
):
    given = overlay(**NAMED)
    assert ssimball("fetch", *given) == 0
    printed = capsys.readouterr()
    assert printed.err == "downloading mobilenet_v2 IMAGENET1K_V1\n"
    (line,) = (line for line in printed.out.splitlines() if line.startswith("weights"))
    (kept,) = Path("torch/hub/checkpoints").iterdir()
    size = kept.stat().st_size / 1e6
    assert line.split() == [
        *("weights", "new", "mobilenet_v2", "IMAGENET1K_V1,", f"{size:.1f}", "MB:"),
        *(str(kept.absolute()), "(TORCH_HOME)"),
    ]
    assert "Nothing was to be fetched" not in printed.out

    shutil.rmtree(hub)
    assert ssimball("fetch", *given) == 0
    printed = capsys.readouterr()
    assert (printed.err, " new " in printed.out) == ("", False)
    assert "Nothing was to be fetched" in printed.out

    monkeypatch.setattr(weights, "address_of", lambda _: f"https://example.org/{kept.name}")
    load_classifier(ModelConfig(**NAMED))
    kept.unlink()
    with pytest.raises(ModelError, match="the test allows no connection"):
        load_classifier(ModelConfig(**NAMED))


def test_a_file_of_weights_and_images_are_found(project, ssimball, capsys, no_network):
    safetensors.torch.save_file(weights.load_state(ModelConfig()), "own.safetensors")
    given = [*overlay(weights="own.safetensors"), "--config", "subset={images: 7}"]
    assert ssimball("fetch", *given) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["packages", "solver", "weights", "images"]
    assert f" {project / 'own.safetensors'}" in lines[2]
    assert "7 of demo" in lines[3]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (NAMED, "is not on this machine and could not be downloaded"),
        ({**NAMED, "weights": "IMAGENET1K_V7"}, "did you mean IMAGENET1K_V2?"),
        ({"weights": "gone.pth"}, "model.weights: there is no file gone.pth"),
        ({"name": "gone:network", "weights": "own.pth"}, "there is no module 'gone'"),
    ],
)
def test_what_cannot_be_fetched_is_said_in_one_line(
    model, said, project, ssimball, capsys, no_network
):
    assert ssimball("fetch", *overlay(**model)) == 2
    message = capsys.readouterr().err.splitlines()[-1]
    assert message.startswith("ssimball: model.") and said in message


def test_the_configuration_is_the_one_that_snakemake_gives_to_the_workflow(project):
    Path("a.yaml").write_text("seed: 1\nsubset: {images: 9}\nstatistics: {resamples: 99}\n")
    Path("b.yaml").write_text("subset: {images: 5}\n")
    settings = ["run=mine", "statistics={confidence: 0.9}"]
    files = [Path("a.yaml"), Path("b.yaml")]
    given = ConfigSettings(config=parse_config(settings), configfiles=files)
    raw = load_configfile("config.yaml")
    update_config(raw, given.overwrite_config)
    arguments = ("--configfile", "a.yaml", "b.yaml", "--config", *settings)
    assert study(arguments) == load_study(raw)
    assert (study(arguments).run, study(arguments).subset.images) == ("mine", 5)
