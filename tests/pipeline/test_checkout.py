"""Folders of any name: what reaches Snakemake from make, and what is refused."""

import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ssimball.errors import ConfigError
from ssimball.pipeline import checkout, network_weights

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["My Photos", "O'Brien", 'a"b\\c&{d},e(f)', "-dash", "日本 #1;*", "dot.", "x: y"]


@pytest.mark.parametrize("target", ["photographs", "confirm"])
@pytest.mark.parametrize("name", NAMES)
def test_make_hands_over_a_folder_of_any_name(tmp_path, target, name):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "labels.csv").touch()
    command = ["make", "--dry-run", "-o", ".venv/ready", target, f"DATA={folder}"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    words = shlex.split(done.stdout.replace("\\\n", " "))
    settings = dict(word.split("=", 1) for word in words if word.startswith(("dataset=", "model=")))
    dataset, model = (yaml.safe_load(settings[key]) for key in ("dataset", "model"))
    assert dataset == {"manifest": {"path": f"{folder}/labels.csv"}}
    assert model == {"weights": f"{folder}/mobilenet_v2_tf.safetensors"}


def test_files_of_weights_are_named_as_yaml(tmp_path, monkeypatch, capfdbinary):
    file = str(tmp_path / 'a"b\\c' / "日本 🙂.pth")
    monkeypatch.setattr(network_weights, "available", lambda *_: {"net": file})
    monkeypatch.setattr(sys, "argv", ["", str(tmp_path)])
    network_weights.main()
    name, _, text = capfdbinary.readouterr().out.decode().partition(" ")
    assert (name, yaml.safe_load(text)) == ("net", file)


@pytest.mark.parametrize("name", ["a{b}", "a}", "a\nb"])
def test_folders_that_snakemake_takes_for_patterns_are_refused(tmp_path, name):
    with pytest.raises(ConfigError, match="braces or a line break; rename the folder"):
        checkout.prepare_checkout(tmp_path / name)


def test_a_place_for_results_that_is_no_folder_is_refused(tmp_path):
    results = tmp_path / "results"
    checkout.require_results(results)
    results.symlink_to("scratch")
    with pytest.raises(ConfigError, match=r"results: a link to scratch, which is not there; make"):
        checkout.require_results(results)
    (tmp_path / "scratch").mkdir()
    checkout.require_results(results)
    results.unlink()
    results.touch()
    with pytest.raises(ConfigError, match=r"results: a file, but results go into this folder; mo"):
        checkout.require_results(results)


def test_jobs_of_a_cluster_need_a_path_without_blanks(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/home/me/.venv/bin/python")
    checkout.require_plain_path()
    monkeypatch.setattr(sys, "executable", "/home/me/My Projects/.venv/bin/python")
    with pytest.raises(ConfigError, match="no job of a cluster"):
        checkout.require_plain_path()
