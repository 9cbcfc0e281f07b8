"""Settings that a session may have do not reach what this project does."""

import getpass
import io
import os
import pwd
import subprocess
import sys
from unittest import mock

import pytest

from ssimball.cli.output import say, say_data
from ssimball.errors import SsimballError
from ssimball.runtime.environment import require_home, use_own_settings, write_any_text
from ssimball.runtime.processes import python_command, python_environment

#: As in a process that a notebook starts, on a machine in Turkey, by somebody who hunts warnings.
SESSION = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "PYTHONWARNINGS": "error",
    "PYTHONUTF8": "0",
    "LC_ALL": "C",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "ascii",
}
#: Draws, warns in a process of its own, and prints.
PROGRAM = """
from ssimball.runtime.environment import use_own_settings
use_own_settings()
import subprocess, sys
from matplotlib.figure import Figure
Figure().savefig("figure.png")
warns = "import warnings; warnings.warn('old'); print(open('text').read() == chr(0x3c4))"
subprocess.run([sys.executable, "-c", warns], check=True)
print(chr(0x3c4))
"""


def test_a_program_does_not_follow_the_session(tmp_path):
    """One second, since it imports matplotlib."""
    (tmp_path / "text").write_text("τ", encoding="utf-8")
    done = subprocess.run(
        python_command("-c", PROGRAM),
        cwd=tmp_path,
        env=python_environment(**SESSION),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", "\\u03c4"]
    assert (tmp_path / "figure.png").is_file()


def test_a_machine_without_git_can_import_what_foolbox_imports(tmp_path):
    program = "from ssimball.runtime.environment import use_own_settings as own; own(); import git"
    environment = python_environment(PATH=str(tmp_path))
    done = subprocess.run(
        python_command("-c", program), env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("encoding", ["cp1252", "iso8859-9"])
def test_what_the_terminal_cannot_show_is_written_out_but_data_are_utf8(monkeypatch, encoding):
    written = io.BytesIO()
    terminal = io.TextIOWrapper(written, encoding)
    monkeypatch.setattr(sys, "stdout", terminal)
    write_any_text(terminal)
    say("τ ≥ 名 ä")
    assert written.getvalue().decode(encoding) == "\\u03c4 \\u2265 \\u540d ä\n"
    written.truncate(written.seek(0))
    say_data("τ ≥ 名 ä")
    assert written.getvalue().decode() == "τ ≥ 名 ä\n"


@pytest.mark.parametrize("error", [False, True])
def test_work_goes_on_when_nobody_reads_the_output(monkeypatch, error):
    reading, writing = os.pipe()
    os.close(reading)
    monkeypatch.setattr(sys, "stderr" if error else "stdout", os.fdopen(writing, "w"))
    say("a line", err=error)
    say("another", err=error)


def test_a_user_without_a_name_gets_one(monkeypatch):
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", lambda number: {}[number])
    with mock.patch.dict(os.environ):
        use_own_settings()
        assert getpass.getuser() == f"uid{os.getuid()}"


@pytest.mark.parametrize("home", ["", "here", None])
def test_a_session_without_a_home_folder_is_refused(monkeypatch, home):
    require_home()
    monkeypatch.setattr(pwd, "getpwuid", lambda number: {}[number])
    monkeypatch.delenv("HOME")
    if home is not None:
        monkeypatch.setenv("HOME", home)
    with pytest.raises(SsimballError, match=r"^HOME is .*; set HOME to the path of a folder"):
        require_home()


def test_work_goes_on_without_any_output(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    write_any_text(sys.stdout)
    say("a line")


def test_a_program_starts_again_in_utf8_where_the_locale_has_another_encoding(tmp_path):
    (tmp_path / "猫").touch()
    (tmp_path / "program.py").write_text(
        "import sys; from pathlib import Path\n"
        "from ssimball.runtime.processes import restart_in_utf8\n"
        "restart_in_utf8()\n"
        "print(sys.flags.utf8_mode, Path(chr(0x732b)).is_file(), chr(0x732b), *sys.argv[1:])\n",
        encoding="utf-8",
    )
    environment = {**python_environment(**SESSION)}
    del environment["PYTHONIOENCODING"]
    done = subprocess.run(
        python_command("program.py", "a b"),
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["1", "True", "\\u732b", "a", "b"], done.stderr
