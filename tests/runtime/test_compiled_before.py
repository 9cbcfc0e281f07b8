"""Whether all is compiled is known without numba, and never assumed where files are missing."""

import subprocess
import sys
from pathlib import Path

import pytest
from llvmlite import binding

import ssimball
from ssimball.runtime import compiled_before, compiled_folder
from ssimball.runtime.compiled_before import is_compiled, remember_compiled

SOLVER = "ssimball.ball.solvers.warm_up"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A cache folder of the test's own, with two compiled files that are remembered."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    folder = compiled_folder.cache_folder.__wrapped__()
    monkeypatch.setattr(compiled_before, "cache_folder", lambda: folder)
    assert not is_compiled(SOLVER)
    for name in ("function.nbi", "function.1.nbc"):
        (folder / name).touch()
    remember_compiled(SOLVER)
    assert is_compiled(SOLVER)
    return folder


@pytest.mark.parametrize("missing", ["function.nbi", "function.1.nbc"])
def test_a_file_that_has_gone_is_noticed(folder, missing):
    (folder / missing).unlink()
    assert not is_compiled(SOLVER)


def test_a_list_that_was_cut_off_counts_for_nothing(folder):
    (listed,) = folder.glob("*.compiled")
    listed.write_text("function.1.nb")
    assert not is_compiled(SOLVER)
    listed.write_text("")
    assert not is_compiled(SOLVER)


def test_where_nothing_is_stored_nothing_is_remembered(folder):
    for path in folder.iterdir():
        path.unlink()
    remember_compiled(SOLVER)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (binding, "get_host_cpu_name"),
        (binding, "get_default_triple"),
        (compiled_before, "version"),
        (compiled_before, "fingerprint"),
    ],
)
def test_another_machine_package_or_solver_has_a_list_of_its_own(folder, monkeypatch, owner, name):
    with monkeypatch.context() as patched:
        patched.setattr(owner, name, lambda *_: "another")
        assert not is_compiled(SOLVER)
        remember_compiled(SOLVER)
        assert is_compiled(SOLVER)
    assert is_compiled(SOLVER)


def test_settings_of_numba_count_and_the_name_of_the_folder_does_not(folder, monkeypatch):
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/elsewhere")
    assert is_compiled(SOLVER)
    monkeypatch.setenv("NUMBA_CPU_FEATURES", "-avx512f")
    assert not is_compiled(SOLVER)


def test_a_folder_that_cannot_be_written_costs_only_time(folder, monkeypatch):
    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setenv("NUMBA_OPT", "1")
    monkeypatch.setattr(Path, "write_text", refuse)
    remember_compiled(SOLVER)
    assert not is_compiled(SOLVER)


@pytest.mark.parametrize(
    ("variables", "answer"),
    [({}, "ready after 0 s"), ({"NUMBA_DISABLE_JIT": "1"}, "nothing to compile")],
)
def test_the_command_imports_neither_numba_nor_torch_where_nothing_is_to_be_compiled(
    folder, variables, answer
):
    code = (
        "import sys\n"
        "from ssimball.cli.main import main\n"
        "main(['compile'], standalone_mode=False)\n"
        "print(*sorted({'numba', 'torch', 'numpy'} & set(sys.modules)))\n"
    )
    environment = {"PYTHONPATH": str(Path(ssimball.__file__).parents[1]), "PATH": ""}
    environment |= {"NUMBA_CACHE_DIR": str(folder.parent), **variables}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    assert (done.returncode, done.stderr) == (0, "")
    first, imported = done.stdout.splitlines()
    assert first.startswith(answer)
    assert imported == ""
