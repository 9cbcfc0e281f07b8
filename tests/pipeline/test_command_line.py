"""Commands of Snakemake that cannot work end with a sentence."""

import sys
import tempfile
from pathlib import Path

import pytest

from ssimball.errors import ConfigError
from ssimball.pipeline.command_line import (
    check_command,
    require_folder,
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
