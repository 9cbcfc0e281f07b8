"""Files are whole or absent, whatever happens while they are written."""

import os
import stat
from pathlib import Path

import pytest

from ssimball.errors import ArtifactError
from ssimball.storage.atomic import SCRATCH, refuse_device, replacing, write_text


@pytest.mark.parametrize("scratch", [False, True])
def test_a_file_that_fails_leaves_the_old_one_and_nothing_else(tmp_path, monkeypatch, scratch):
    results, disk = tmp_path / "results", tmp_path / "disk"
    disk.mkdir()
    if scratch:
        monkeypatch.setenv("NODE", str(disk))
        monkeypatch.setenv(SCRATCH, "$NODE")
    path = results / "table.parquet"
    write_text(path, "old")
    # The leftover of a killed process.
    (results / ".table.parquet.1.tmp").write_text("half")
    with pytest.raises(KeyError), replacing(path) as temporary:
        temporary.write_text("new")
        assert temporary.is_relative_to(disk) == scratch
        assert path.read_text() == "old"
        raise KeyError
    assert [one.name for one in results.iterdir()] == ["table.parquet"]
    assert path.read_text() == "old"
    write_text(path, "new")
    assert path.read_text() == "new"
    assert list(disk.iterdir()) == []


def test_a_scratch_folder_that_is_not_there_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv(SCRATCH, str(tmp_path / "nowhere"))
    with pytest.raises(ArtifactError, match=r"SSIMBALL_SCRATCH: there is no folder .*nowhere"):
        write_text(tmp_path / "a", "")


@pytest.mark.parametrize("name", ["/dev/null", "/dev/stdout", "/proc/self/fd/1"])
def test_places_of_devices_are_refused(name):
    with pytest.raises(ArtifactError, match=f"^{name}: a device; name a file"):
        refuse_device(Path(name))


def test_a_device_is_not_replaced_by_a_file(tmp_path):
    path = tmp_path / "null"
    try:
        os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 3))
    except OSError:
        pytest.skip("needs to make a device: run the tests as root")
    with pytest.raises(ArtifactError, match="a device; name a file"):
        write_text(path, "text")
    assert path.is_char_device()
