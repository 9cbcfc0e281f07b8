"""A copy of a small run for each test, and the command line on it."""

import shutil

import pytest
from click.testing import CliRunner

from ssimball.cli.main import main

from .folders import write_run


@pytest.fixture(scope="session")
def small(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("base") / "run")


@pytest.fixture
def copy(small, tmp_path, monkeypatch):
    """A copy in a folder of its own, which is not the current one."""
    monkeypatch.chdir(tmp_path)
    return shutil.copytree(small, tmp_path / "copy")


@pytest.fixture
def outside(tmp_path):
    """A folder that no command may change, with a file in it."""
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "LICENSE").write_text("mine", encoding="utf-8")
    yield folder
    assert {p.name: p.read_text("utf-8") for p in folder.iterdir()} == {"LICENSE": "mine"}


@pytest.fixture
def run_command():
    """``run_command("audit", folder)``: exit code and output, which is never a traceback."""

    def run(*arguments):
        done = CliRunner().invoke(main, [str(one) for one in arguments])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exc_info
        assert int(done.exit_code) in (0, 1, 2)
        return int(done.exit_code), done.output

    return run
