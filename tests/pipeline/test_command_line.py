"""Commands of Snakemake that cannot work end with a sentence."""

import sys
import tempfile
from pathlib import Path

import pytest

from ssimball.errors import ConfigError
from ssimball.pipeline.command_line import (
    check_command,
    require_folder,
    require_overlays,
    require_room,
    require_settings,
)


@pytest.mark.parametrize(
    ("command", "word"),
    [
        ("--config run=mine attack", "attack"),
        ("--cores 1 --config attack --dry-run", "attack"),
        ("-C seed=1 results/mine/answer.txt", "results/mine/answer.txt"),
        ("--config subset={images: 4}", "4}"),
        ("--config =1", "=1"),
    ],
)
def test_what_is_no_setting_after_config_is_named(command, word):
    with pytest.raises(ConfigError, match="follows --config") as caught:
        require_settings(command.split())
    assert repr(word) in str(caught.value)


def test_settings_and_targets_in_their_places_are_fine():
    require_settings(["attack", "--config", "run=mine", "subset={images: 4}", "--cores", "1"])
    require_settings(["--config", "a=", "b==", "--configfile", "config/demo.yaml"])
    require_settings([])


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("--configfile none.yaml", "--configfile: none.yaml cannot be read (No such file or dire"),
        ("-n --configfiles tabs.json none.yaml", "--configfile: none.yaml cannot be read"),
        ("--configfile=none.yaml attack", "--configfile: none.yaml cannot be read"),
        ("--configfile .", "--configfile: . cannot be read (Is a directory); name a YAML file"),
        ("--configfile tabs.json wrong.yaml", "wrong.yaml, line 2: the section has the key 'a' tw"),
    ],
)
def test_a_configuration_file_that_cannot_be_used_is_named(tmp_path, monkeypatch, command, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tabs.json").write_text('{\n\t"seed": 1\n}')
    (tmp_path / "wrong.yaml").write_text("a: 1\na: 2\n")
    with pytest.raises(ConfigError) as caught:
        require_overlays(command.split())
    assert str(caught.value).startswith(message)


def test_configuration_files_in_json_and_targets_are_fine(tmp_path):
    (tmp_path / "tabs.json").write_text('{\n\t"seed": 1\n}')
    require_overlays(["none", "--configfile", str(tmp_path / "tabs.json"), "--cores", "1"])


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigError, match=r"file/cache: .* set XDG_CACHE_HOME"):
        require_folder(tmp_path / "file" / "cache")


def test_a_full_place_for_temporary_files_is_named(monkeypatch):
    require_room()
    # The device on which every write fails as on a full disk.
    full = Path("/dev/full").open("wb", 0)  # noqa: SIM115 - closed by the function
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda buffering: full)
    monkeypatch.setenv("TMPDIR", "/scratch")
    with pytest.raises(ConfigError, match=r"^/scratch: .*\(No space left on device\); make room"):
        require_room()


@pytest.mark.parametrize("program", ["/v/bin/snakemake", "/v/snakemake/__main__.py"])
def test_only_commands_of_snakemake_are_checked(monkeypatch, program):
    monkeypatch.setattr(sys, "argv", ["/v/bin/pytest", "--config", "tests"])
    check_command()
    monkeypatch.setattr(sys, "argv", [program, "--config", "attack"])
    with pytest.raises(SystemExit, match="ssimball: 'attack' follows --config"):
        check_command()
