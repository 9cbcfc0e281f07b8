"""Networks whose weights are found, and the sentence about the others."""

import pytest

from ssimball.errors import ConfigError
from ssimball.pipeline.network_weights import OVERLAYS, available


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Three overlays: two with files, one with a Python package that is not installed."""
    monkeypatch.chdir(tmp_path)
    OVERLAYS.mkdir(parents=True)
    weights = {"a": "a.safetensors", "b": "b.pth", "c": "package:no_such_package/c.pth"}
    for name, file in weights.items():
        (OVERLAYS / f"{name}.yaml").write_text(f"model: {{weights: '{file}'}}\n")
    for name in ("first", "second words"):
        (tmp_path / name).mkdir()
    (tmp_path / "first" / "a.safetensors").touch()
    return tmp_path


def test_files_are_found_in_any_folder_and_missing_ones_are_named(project, capsys):
    (project / "second words" / "b.pth").touch()
    found = available([project / "first", project / "second words"])
    assert found == {
        "a": str(project / "first" / "a.safetensors"),
        "b": str(project / "second words" / "b.pth"),
    }
    error = capsys.readouterr().err
    assert error == (
        "Left out, since their weights are not here: c (Python package no_such_package)\n"
    )


def test_a_file_with_another_sha256_is_refused(project):
    (OVERLAYS / "a.yaml").write_text(f"model: {{weights: a.safetensors, sha256: '{64 * '0'}'}}\n")
    with pytest.raises(ConfigError, match=r"a\.safetensors: has sha256 e3b0c4.*a\.yaml expects 0"):
        available([project / "first"])


def test_fewer_than_two_networks_and_missing_folders_are_refused(project, capsys):
    with pytest.raises(ConfigError, match=r"1 of the networks in config/networks have weights"):
        available([project / "first"])
    assert "b (b.pth)" in capsys.readouterr().err
    with pytest.raises(ConfigError, match=r"has no network 'd'; it has a, b, c"):
        available([project / "first"], ["a", "d"])
    with pytest.raises(ConfigError, match="there is no folder gone; correct the path"):
        available([project / "first", project.joinpath("gone").relative_to(project)])
