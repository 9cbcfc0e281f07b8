"""Compiled code on disk is named by the content of every source that is part of it."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

import ssimball
from ssimball.errors import SsimballError
from ssimball.runtime import compiled_folder, compiling_process, fingerprint
from ssimball.runtime.compiling_process import run_elsewhere

PACKAGE = Path(ssimball.__file__).parent


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """Return a copy of the package; the folder is named by its content."""
    copy = tmp_path / "ssimball"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(fingerprint, "SOURCE_ROOT", tmp_path)
    outermost = copy / compiled_folder.OUTERMOST.relative_to(PACKAGE)
    monkeypatch.setattr(compiled_folder, "OUTERMOST", outermost)
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "compiled"))
    return copy


@pytest.fixture
def name_of_folder(forget_files):
    def name() -> str:
        forget_files()
        return compiled_folder.cache_folder.__wrapped__().name

    return name


def test_every_module_that_compiles_names_the_folder(copy, name_of_folder):
    users = [p for p in copy.rglob("*.py") if "\n@njit_" in p.read_text()]
    assert len(users) >= 8
    # One constant that compiled code reads, and each module that compiles.
    names = {name_of_folder()}
    for path in [*users, copy / "ssim" / "index.py"]:
        path.write_text(path.read_text() + "\nADDED = 1\n")
        names.add(name_of_folder())
    assert len(names) == len(users) + 2
    # A comment changes nothing.
    users[0].write_text(users[0].read_text() + "# a comment\n")
    assert name_of_folder() in names


def test_the_folder_is_the_one_that_numba_uses():
    from ssimball.ssim.filters import _filter

    assert Path(_filter.stats.cache_path) == compiled_folder.cache_folder()


def test_without_a_cache_that_can_be_written_code_goes_to_a_private_folder(
    tmp_path, monkeypatch, capsys
):
    blocked = tmp_path / "file"
    blocked.touch()
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(blocked))
    monkeypatch.setattr(compiled_folder.tempfile, "tempdir", str(tmp_path))
    folder = compiled_folder.cache_folder.__wrapped__()
    assert folder.parent.parent == tmp_path
    assert folder.stat().st_mode & 0o077 == 0
    assert "set NUMBA_CACHE_DIR" in capsys.readouterr().err.replace("Set", "set")


def test_without_a_home_folder_code_goes_to_a_private_folder(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("NUMBA_CACHE_DIR", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "")
    monkeypatch.setattr(pwd, "getpwuid", lambda number: {}[number])
    monkeypatch.setattr(compiled_folder.tempfile, "tempdir", str(tmp_path))
    assert compiled_folder.cache_folder.__wrapped__().parent.parent == tmp_path
    assert "the user has no home folder" in capsys.readouterr().err


def test_compiled_code_of_another_user_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(compiled_folder.os, "getuid", lambda: tmp_path.stat().st_uid + 1)
    with pytest.raises(SsimballError, match="belongs to another user"):
        compiled_folder.cache_folder.__wrapped__()


def test_what_runs_comes_from_disk_the_first_time_too(tmp_path):
    """A process that has just compiled code rounds differently than one that loads it from disk."""
    code = (
        "from ssimball.ssim.filters import _filter, windowed_mean\n"
        "from ssimball.runtime import compiling_process\n"
        "import numpy as np\n"
        "started, start = [], compiling_process._start\n"
        "compiling_process._start = lambda: started.append(start()) or started[-1]\n"
        "x = np.zeros((1, 9, 9))\n"
        "windowed_mean(x, (0.5, 0.5)), windowed_mean(x, (1.0,))\n"
        "print(sum(_filter.stats.cache_misses.values()), sum(_filter.stats.cache_hits.values()))\n"
        "print(len(started))\n"
    )
    environment = {"PYTHONPATH": str(PACKAGE.parent), "PATH": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    # One process compiles all that another asks for.
    for processes in (1, 0):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=environment
        )
        assert done.returncode == 0, done.stderr
        misses, hits, started = map(int, done.stdout.split())
        assert (misses, started) == (0, processes)
        assert hits > 1


def test_a_process_that_has_ended_is_replaced_and_what_a_task_prints_is_no_answer():
    assert run_elsewhere(partial(print, "0"))
    first = compiling_process._started[os.getpid()]
    first.kill()
    first.wait()
    assert run_elsewhere(dict)
    second = compiling_process._started[os.getpid()]
    assert not run_elsewhere(partial(int, "no number"))
    assert run_elsewhere(dict)
    assert compiling_process._started[os.getpid()] is second is not first


def test_an_interrupted_request_leaves_no_answer_to_the_next(monkeypatch):
    """As where the cell of a notebook is stopped while the solver is compiled."""

    def interrupt(*_):
        raise KeyboardInterrupt

    assert run_elsewhere(dict)
    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    with pytest.raises(KeyboardInterrupt):
        run_elsewhere(partial(time.sleep, 0.2))
    signal.signal(signal.SIGALRM, before)
    assert not run_elsewhere(partial(int, "no number"))


@pytest.mark.parametrize("executable", ["", None])
def test_a_python_without_a_command_compiles_by_itself(monkeypatch, executable):
    """As where Python is part of another program, such as an editor of pictures."""
    monkeypatch.setattr(sys, "executable", executable)
    assert not run_elsewhere(dict)


def test_processes_that_need_the_same_have_it_compiled_once(tmp_path):
    code = (
        "from ssimball.runtime import compilation\n"
        "from ssimball.ssim import filters\n"
        "import numpy as np\n"
        "orders, order = [], compilation.run_elsewhere\n"
        "compilation.run_elsewhere = lambda task: orders.append(task) or order(task)\n"
        "filters.windowed_mean(np.zeros((1, 9, 9)), (0.5, 0.5))\n"
        "print(len(orders))\n"
    )
    environment = {"PYTHONPATH": str(PACKAGE.parent), "PATH": "", "NUMBA_CACHE_DIR": str(tmp_path)}
    command, out = [sys.executable, "-c", code], subprocess.PIPE
    both = [subprocess.Popen(command, stdout=out, text=True, env=environment) for _ in range(2)]
    assert sum(int(one.communicate()[0]) for one in both) == 1
