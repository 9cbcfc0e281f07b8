"""What only a stranger's configuration or folder names is neither opened nor run."""

import os
import socket
import stat
import subprocess
import sys

import pytest
import torch

from ssimball.config.model import ModelConfig
from ssimball.datasets.decoding import decode_photograph
from ssimball.datasets.manifest import ManifestDataset
from ssimball.errors import DatasetError, ImageError, ImpossibleError, ModelError, SsimballError
from ssimball.models.weights import load_state
from ssimball.runs.audit import origins
from ssimball.runs.local_files import LocalFiles
from ssimball.runs.run import Run
from ssimball.runtime import compiled_folder
from ssimball.runtime.processes import python_command, python_environment

from . import folders as f

MINE = {"name": "evil:network", "weights": "demo"}
NAMED = {
    "a file": {"weights": "/home/me/net.pth"},
    "a device": {"weights": "/dev/zero/net.pth"},
    "a package that is not installed": {"weights": "package:evil/net.pth"},
    "a package, and out of it": {"weights": "package:numpy/../../../net.pth"},
    "code in the current folder": MINE,
    "code of an installed package": {"name": "os:abort"},
    "a download": {"name": "resnet18", "weights": "IMAGENET1K_V1", "width_mult": 1.0},
}


@pytest.mark.parametrize("what", NAMED)
def test_a_network_that_only_the_configuration_names(tmp_path, monkeypatch, what):
    (tmp_path / "evil.py").write_text("raise SystemExit('ran')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr(torch.hub, "download_url_to_file", None)
    monkeypatch.setattr(f.ModelConfig, "_check_transform", lambda self: self)
    run = Run(f.write_run(tmp_path / "run", model=NAMED[what]))
    with pytest.raises(ImpossibleError):
        run.classifier("")
    assert "evil" not in sys.modules


def test_weights_that_the_auditor_names_are_read(tmp_path, run_command):
    run = f.write_run(tmp_path / "run", model={"weights": "/elsewhere/net.pth"})
    (tmp_path / "mine.pth").write_bytes(b"no weights")
    named = ["--weights", tmp_path / "mine.pth", "--checks", "predictions"]
    assert "mine.pth is not a .pth file" in run_command("audit", run, *named)[1]
    assert "--weights FILE" in run_command("audit", run, "--checks", "predictions")[1]


@pytest.mark.parametrize("kind", ["manifest", "imagenet"])
def test_photographs_that_only_the_configuration_names(tmp_path, small, kind):
    study = Run(small).study
    place = {"manifest": {"path": "/dev/zero"}, "imagenet": {"root": "/"}}[kind]
    section = getattr(study.dataset, kind).model_copy(update=place)
    dataset = study.dataset.model_copy(update={"kind": kind, kind: section})
    named = study.model_copy(update={"dataset": dataset})
    with pytest.raises(ImpossibleError, match="--as-configured"):
        LocalFiles().dataset(named)
    assert LocalFiles(as_configured=True).dataset(named) == dataset
    if kind == "manifest":
        mine = LocalFiles(manifest=tmp_path / "mine.csv").dataset(named)
        assert mine.manifest.path == str(tmp_path / "mine.csv")


@pytest.mark.parametrize("may", [False, True])
def test_the_settings_are_planned_without_what_only_the_configuration_names(
    tmp_path, monkeypatch, may
):
    place = f.write_run(tmp_path / "run", model={"weights": "/home/me/net.pth"})
    planned = []
    monkeypatch.setattr(origins, "Plan", lambda study, _: planned.append(study.model.weights))
    origins._planned(Run(place, LocalFiles(as_configured=may)))
    assert planned == ["/home/me/net.pth" if may else "demo"]


def pipe(folder, name):
    os.mkfifo(folder / name)
    return folder / name


def test_pipes_and_devices_are_no_weights_photographs_or_manifests(tmp_path):
    with pytest.raises(ModelError, match="not a regular file"):
        load_state(ModelConfig(weights=str(pipe(tmp_path, "net.pth"))))
    (tmp_path / "zero.pth").symlink_to("/dev/zero")
    with pytest.raises(ModelError, match="not a regular file"):
        load_state(ModelConfig(weights=str(tmp_path / "zero.pth")))
    with pytest.raises(ImageError, match="not a regular file"):
        decode_photograph(pipe(tmp_path, "a.png"))
    with pytest.raises(DatasetError, match="not a regular file"):
        ManifestDataset(pipe(tmp_path, "labels.csv"), 10)


@pytest.mark.parametrize("path", ["../secret.png", "{outside}/secret.png", "a/../../secret.png"])
@pytest.mark.parametrize("column", ["path", "mask"])
def test_a_manifest_that_came_with_photographs_stays_in_its_folder(tmp_path, path, column):
    csv = tmp_path / "came" / "labels.csv"
    csv.parent.mkdir()
    path = path.format(outside=tmp_path)
    second = (path, "") if column == "path" else ("b.png", path)
    csv.write_text(f"path,label,mask,image_id\na.png,0,,a\n{second[0]},0,{second[1]},b\n")
    with pytest.raises(DatasetError, match=r"line 3: .* lies outside"):
        ManifestDataset(csv, 10)
    assert len(ManifestDataset(csv, 10, stay_inside=False).entries()) == 2


def test_a_manifest_of_files_elsewhere_is_ones_own(tmp_path):
    (tmp_path / "labels.csv").write_text("path,label\n/data/a.png,0\n/data/b.png,1\n")
    assert len(ManifestDataset(tmp_path / "labels.csv", 10).entries()) == 2
    with pytest.raises(DatasetError, match="lies outside"):
        ManifestDataset(tmp_path / "labels.csv", 10, stay_inside=True)


def test_a_photograph_may_not_be_a_link_to_elsewhere(tmp_path):
    csv = tmp_path / "came" / "labels.csv"
    csv.parent.mkdir()
    csv.write_text("path,label\na.png,0\n")
    (tmp_path / "secret.png").write_bytes(f.picture("PNG"))
    (csv.parent / "a.png").symlink_to(tmp_path / "secret.png")
    dataset = ManifestDataset(csv, 10)
    (entry,) = dataset.entries()
    for read in (dataset.load, dataset.sha256):
        with pytest.raises(ImageError, match="a link to a file outside"):
            read(entry)


@pytest.mark.parametrize("settings", [".numba_config.yaml", "matplotlibrc"])
def test_settings_of_libraries_in_the_current_folder(copy, monkeypatch, run_command, settings):
    monkeypatch.chdir(copy)
    (copy / settings).touch()
    code, printed = run_command("audit", ".")
    assert code == 2 and settings in printed


@pytest.mark.parametrize("through", ["python -m", "PYTHONPATH", "python -c"])
def test_processes_ignore_modules_in_the_current_folder(tmp_path, monkeypatch, through):
    for module in ("ssimball", "numba", "numpy", "os"):
        (tmp_path / f"{module}.py").write_text("raise SystemExit('ran')")
    monkeypatch.chdir(tmp_path)
    entry = {"python -m": str(tmp_path), "PYTHONPATH": ".", "python -c": ""}[through]
    monkeypatch.setattr(sys, "path", [entry, *sys.path])
    command = python_command("-c", "import ssimball.runtime.processes, numba; print('fine')")
    done = subprocess.run(command, capture_output=True, text=True, env=python_environment())
    assert done.stdout == "fine\n", done.stderr


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_compiled_code_is_not_taken_from_a_folder_open_to_others(tmp_path, monkeypatch, mode):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    folder = compiled_folder.cache_folder.__wrapped__()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(mode)
    with pytest.raises(SsimballError, match="open to others"):
        compiled_folder.cache_folder.__wrapped__()


def test_compiled_code_is_not_taken_through_a_link(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    folder = compiled_folder.cache_folder.__wrapped__()
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SsimballError, match="a link"):
        compiled_folder.cache_folder.__wrapped__()


def test_a_socket_in_a_run_is_named(copy, run_command, monkeypatch):
    monkeypatch.chdir(copy)
    with socket.socket(socket.AF_UNIX) as planted:
        planted.bind("answer.json")
        assert "a socket" in run_command("audit", copy)[1]
