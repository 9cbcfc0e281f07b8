"""What make sets up, by a Python that only records how pip is called."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STUB = """#!/bin/sh
case "$*" in
  *"-m venv"*) mkdir -p .venv/bin; ln -sf {stub} .venv/bin/python;;
  *"-m pip config list"*) echo "$SETTINGS";;
  *"-m pip install"*) echo "$* user=$PIP_USER target=$PIP_TARGET path=$PYTHONPATH" >> pip.log;;
esac
"""


@pytest.fixture
def checkout(tmp_path):
    """A folder with what the set-up reads, and a Python beside it."""
    (tmp_path / "python").write_text(STUB.format(stub=tmp_path / "python"))
    (tmp_path / "python").chmod(0o755)
    folder = tmp_path / "checkout"
    (folder / "envs").mkdir(parents=True)
    for name in ("setup.sh", "pip_install.sh", "requirements.lock"):
        shutil.copy(ROOT / "envs" / name, folder / "envs")
    (folder / "pyproject.toml").touch()
    return folder


def set_up(folder, *arguments, **variables):
    command = ["sh", "envs/setup.sh", ".venv", *(arguments or ["../python"])]
    environment = os.environ | variables
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


def test_settings_of_pip_and_other_packages_do_not_count(checkout):
    done = set_up(checkout, PIP_USER="1", PIP_TARGET="/elsewhere", PYTHONPATH="/packages")
    assert done.returncode == 0, done.stderr
    calls = (checkout / "pip.log").read_text().splitlines()
    assert len(calls) == 2 and "--require-hashes -r envs/requirements.lock" in calls[0]
    assert all(call.endswith("user=0 target= path=") for call in calls)
    refused = subprocess.run(
        ["sh", "envs/pip_install.sh", ".venv", "a"],
        cwd=checkout,
        env=os.environ | {"SETTINGS": "global.index='a'\ninstall.target='/elsewhere'"},
        capture_output=True,
        text=True,
    )
    assert refused.stderr.startswith("pip.conf: install.target='/elsewhere' would put the packages")


def test_after_an_interruption_packages_without_their_commands_are_installed_again(checkout):
    set_up(checkout)
    packages = checkout / ".venv/lib/python3.11/site-packages"
    for name, file in ("whole", "INSTALLER"), ("half", "METADATA"):
        (packages / f"{name}-1.dist-info").mkdir(parents=True)
        (packages / f"{name}-1.dist-info" / file).touch()
    (checkout / ".venv/ready").unlink()
    set_up(checkout)
    assert [path.name for path in packages.iterdir()] == ["whole-1.dist-info"]
    # Another make has waited for this one, and has nothing to do.
    calls = (checkout / "pip.log").read_text()
    set_up(checkout)
    assert (checkout / "pip.log").read_text() == calls


def test_an_environment_that_was_moved_or_lost_its_python_is_refused(checkout):
    set_up(checkout)
    assert set_up(checkout, "--check").returncode == 0
    copied = checkout.with_name("copied")
    shutil.copytree(checkout, copied, symlinks=True)
    assert f"made as {checkout}/.venv, and does not work" in set_up(copied, "--check").stderr
    # One that several checkouts share by a link has not moved.
    shutil.rmtree(copied / ".venv")
    (copied / ".venv").symlink_to(checkout / ".venv")
    assert set_up(copied, "--check").returncode == 0
    (checkout.parent / "python").unlink()
    assert f"its Python, {checkout.parent}/python, is gone" in set_up(checkout, "--check").stderr


@pytest.mark.parametrize("python", ["false", "/nowhere/python3.11"])
def test_a_python_that_cannot_be_used_is_named(checkout, python):
    done = set_up(checkout, python)
    assert done.returncode == 2
    assert done.stderr.startswith(f"PYTHON: {python} is no Python of version 3.11 or newer; name")
    assert not (checkout / ".venv").exists()


def test_an_environment_that_an_editor_made_with_an_older_python_is_refused(checkout):
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/python").symlink_to(shutil.which("false"))
    done = set_up(checkout)
    assert done.returncode == 2
    assert done.stderr.startswith(".venv: made by a Python older than 3.11; remove .venv, and run")


def test_git_changes_no_ends_of_lines():
    """With core.autocrlf, shells could not read scripts, and fingerprints would differ."""
    files = ["Makefile", "envs/setup.sh", "config/confirmation.yaml", "src/ssimball/errors.py"]
    command = ["git", "check-attr", "text", "--", *files]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"{file}: text: unset" for file in files]
